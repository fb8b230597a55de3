import { after } from 'node:test';
import { OwnChromium } from './chromium.ts';
import { serveRecorder, type Site } from './recorder-site.ts';

/** The recorder's page and a browser whose microphone beeps once a second, for one file of tests; both end after the last of them. */
export async function recorderBench(): Promise<{ readonly site: Site; readonly chromium: OwnChromium }> {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  return { site: stack.use(await serveRecorder()), chromium: stack.use(await OwnChromium.start()) };
}
