import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echoAnswer } from '@earshot/protocol/echo.ts';
import { startWorld } from '../testing/world.ts';

test('[ECHO1] known bytes come back, as many as asked for, with how many arrived; more than the limit is refused', async (t) => {
  const world = await startWorld(t);
  const echo = (query: string, bytes: number, type = 'application/octet-stream') => fetch(`${world.base}/v1/echo${query}`, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(bytes) });
  for (const [up, down] of [[0, 0], [5, 100_000], [262_144, 262_144]] as const) {
    const answer = await echo(`?answer=${down}`, up, 'application/offset+octet-stream');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('earshot-received'), String(up));
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), echoAnswer(down));
  }
  for (const [query, bytes] of [['?answer=262145', 0], ['', 262_145]] as const) {
    const { error } = (await (await echo(query, bytes)).json()) as { error: { code: string; evidence: object } };
    assert.deepEqual([error.code, error.evidence], ['limit.reached', { limit: 'echoBytes', allowed: 262_144, seen: 262_145 }]);
  }
  assert.equal((await echo('?answer=-1', 0)).status, 400);
});

test('[ECHO1] one address measures so many times a minute', async (t) => {
  const world = await startWorld(t, { limits: { echoesPerAddress: 2 } });
  const statuses: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) statuses.push((await fetch(`${world.base}/v1/echo`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(3) })).status);
  assert.deepEqual(statuses, [200, 200, 429]);
});
