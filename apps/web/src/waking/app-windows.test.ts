import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadTo } from './app-windows.ts';

/** Leads to a conversation where these paths are open, the first one in front. Resolves with what became of it. */
async function leadWith(...paths: string[]): Promise<string[]> {
  const done: string[] = [];
  const all = paths.map((path, at) => ({
    url: `https://voice.example${path}`, focused: at === 0,
    postMessage: (message: object) => void done.push(`${path} is told ${JSON.stringify(message)}`),
    focus: async () => void done.push(`${path} comes to the front`),
  }));
  await leadTo('/c/talk', all, async (path) => done.push(`${path} is opened`));
  return done;
}

test('[WEB20] a touched notification leads into the app, also where the status page or another page of the server is open', async () => {
  assert.deepEqual(await leadWith('/settings'), ['/settings is told {"type":"open","path":"/c/talk"}', '/settings comes to the front']);
  assert.deepEqual(await leadWith('/status', '/settings', '/'), ['/settings is told {"type":"open","path":"/c/talk"}', '/settings comes to the front']);
  assert.deepEqual(await leadWith('/status?lang=de', '/docs', '/docs/operating', '/v1/status'), ['/c/talk is opened']);
  assert.deepEqual(await leadWith(), ['/c/talk is opened']);
});
