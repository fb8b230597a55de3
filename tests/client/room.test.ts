import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fromHex } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { digestHeaders } from '@earshot/protocol/addresses.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { keepCopy, readerOf } from './kept.ts';
import { personId, sayAndSync, townOfFile, until, whole } from './town.ts';

const place = await townOfFile();
const ada = await place.person('ada');
/** What the server said of the bytes that somebody meant to let go of. */
const told: (string | undefined)[] = [];

/** As an earlier server, which said that it has bytes to whoever could read them. */
const earlier = (real: Transport): Transport => ({ ...real, request: async (request) => {
  const answer = await real.request(request);
  if (request.headers?.[digestHeaders.want] === undefined) return answer;
  told.push(answer.headers[digestHeaders.told]);
  const sum = await sha256(await (await real.request({ ...request, method: 'GET' })).bytes());
  return { ...answer, headers: { ...answer.headers, [digestHeaders.told]: `sha-256=:${Buffer.from(fromHex(sum)).toString('base64')}:` } };
} });

/** Of the sealed sound on the server's disk one bit is another. */
async function spoil(): Promise<void> {
  const folder = join(place.dir, 'data', 'blobs');
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.seg'));
  for (const name of segments) {
    const bytes = await readFile(join(folder, name));
    const at = bytes.findLastIndex((byte) => byte !== 0) - 100;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(join(folder, name), bytes);
  }
}

test('[ROOM2] what is damaged on the server stays on the device, although the server believes that it has it', async () => {
  const ben = await place.person('ben');
  const id = await sayAndSync(ada, await ada.conversations.direct(await personId(ben)), { seed: 1 });
  await place.stopServer();
  await spoil();
  await place.startServer();
  assert.deepEqual(await ada.storage.free(), { bytes: 0, messages: 0, stayed: 1 });
  const message = await ada.messages.get(id);
  assert.equal(message?.here, true);
  assert.equal(await sha256(await ada.messages.audio(id)), message.sha256);
});

test('[ROOM1] [ROOM2] of a group that she has left nothing is freed, neither of others nor of her own: the server keeps nothing of it for her', async () => {
  const cid = await place.person('cid', { transport: earlier });
  await ada.synced();
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(cid)] });
  const [heard, own] = [await sayAndSync(ada, group, { seed: 2 }), await sayAndSync(cid, group, { seed: 3 })];
  await whole(cid, heard);
  await cid.messages.heard(heard, 1);
  await cid.settled();
  await cid.conversations.leave(group);
  await until(cid, async () => (await cid.conversations.get(group))?.closed === 'left');
  assert.deepEqual((await cid.storage.report()).freeable, { bytes: 0, messages: 0 }, 'no button promises it');
  assert.deepEqual(await cid.storage.free(), { bytes: 0, messages: 0, stayed: 2 });
  assert.deepEqual(told, [undefined, undefined], 'the server says so itself');
  for (const id of [heard, own]) assert.equal(await sha256(await cid.messages.audio(id)), (await cid.messages.get(id))?.sha256);
});

test('[ROOM1] [ROOM2] what was deleted for good and brought back by name stays when room is freed; what was only missing does not', async () => {
  const dot = await place.person('dot', { transport: earlier });
  await ada.synced();
  const log = await dot.conversations.direct(await personId(ada));
  const [named, other] = [await sayAndSync(dot, log, { seed: 5 }), await sayAndSync(dot, log, { seed: 6 })];
  await whole(ada, other);
  const backup = readerOf(await keepCopy(dot));
  assert.equal((await dot.storage.free()).messages, 2);
  await dot.messages.removeForGood(named);
  assert.equal((await dot.recovery.bringBack(backup, { removed: [named] })).restored.length, 2);
  assert.equal((await dot.storage.report()).freeable.messages, 1);
  assert.deepEqual({ ...(await dot.storage.free()), bytes: 0 }, { bytes: 0, messages: 1, stayed: 1 });
  assert.equal((await dot.messages.get(named))?.here, true);
  assert.equal((await dot.messages.get(other))?.here, false);
});

test('[ROOM1] of a message and its copy in the notes all room is free once both are freed, and as much is told', async () => {
  const eli = await place.person('eli', { transport: earlier });
  await ada.synced();
  const log = await eli.conversations.direct(await personId(ada));
  const id = await sayAndSync(eli, log, { seed: 7 });
  const copy = await eli.messages.forward(id, await eli.conversations.direct(await personId(eli)));
  await eli.settled();
  await eli.synced();
  await until(eli, async () => (await eli.storage.report()).freeable.messages === 2);
  const one = (await eli.storage.report()).conversations[0]?.bytes ?? 0;
  assert.deepEqual(await eli.storage.free({ conversation: log }), { bytes: 0, messages: 1, stayed: 0 }, 'the copy needs it');
  assert.deepEqual(await eli.storage.free(), { bytes: one, messages: 1, stayed: 0 });
  for (const message of [id, copy]) assert.equal(await sha256(await eli.messages.audio(message)), (await eli.messages.get(message))?.sha256);
});

test('[ROOM1] freeing that is cut off ends when nothing of it goes on any more, and what is free by then is told', async () => {
  let asked = 0;
  /** The first question gets lost, and those beside it are answered later. */
  const losing = (real: Transport): Transport => ({ ...real, request: async (request) => {
    if (request.headers?.[digestHeaders.want] === undefined) return await real.request(request);
    asked += 1;
    if (asked === 1) throw new Failure('network.unreachable');
    await setTimeout(100);
    return await real.request(request);
  } });
  const fay = await place.person('fay', { transport: losing });
  await ada.synced();
  const log = await fay.conversations.direct(await personId(ada));
  for (let seed = 10; seed < 16; seed += 1) await sayAndSync(fay, log, { seed });
  await until(fay, async () => (await fay.storage.report()).freeable.messages === 6);
  let changes = 0;
  fay.on(({ type }) => void (changes += Number(type === 'conversations')));
  await assert.rejects(fay.storage.free(), { code: 'network.unreachable' });
  assert.equal(asked, 4, 'nothing more was begun');
  assert.equal((await fay.storage.report()).freeable.messages, 3, 'those beside it are free');
  assert.ok(changes > 0);
});
