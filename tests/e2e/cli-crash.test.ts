import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { voice, voiceAs } from '../../apps/cli/src/testing/sounds.ts';
import { World, type Line, type Running } from './cli-world.ts';

let world: World;

before(async () => {
  world = await World.make();
  await world.join('anna');
  await world.join('ben');
});

after(() => world[Symbol.asyncDispose]());

/** Bytes of sound that the server vouches for: of uploads that are open or closed. What was cleared has none, whatever the disk still holds. */
function soundBytes(): number {
  const database = new DatabaseSync(join(world.data, 'earshot.db'), { readOnly: true });
  try {
    return Number(database.prepare("SELECT coalesce(sum(offset), 0) AS bytes FROM blob WHERE state IN ('open', 'closed')").get()?.['bytes']);
  } finally {
    database.close();
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!isSo()) {
    assert(Date.now() < end, `it never came: ${what}`);
    await sleep(50);
  }
}

const known = new Set<unknown>();

/** What Ben has, and did not have when this was last asked. */
async function arrived(): Promise<readonly Line[]> {
  const fresh = (await world.by('ben', 'list', '--limit', '1000')).filter(({ message }) => !known.has(message));
  for (const { message } of fresh) known.add(message);
  return fresh;
}

/** Begins to send a stream and returns when some of it is on the server. */
async function midStream(bytes: Uint8Array): Promise<Running> {
  const sofar = soundBytes();
  const sending = world.start(['send', '--to', 'ben', '-', '--profile', world.profile('anna'), '--json']);
  sending.child.stdin?.write(bytes);
  await until('a growing upload', () => soundBytes() > sofar);
  return sending;
}

test('[CLI4] a stream travels while it is being produced', async () => {
  const bytes = await readFile(voiceAs(world.folder, 'stream.ogg', '-c:a', 'libopus', '-b:a', '64k', '-page_duration', '100000'));
  const sending = await midStream(bytes.subarray(0, bytes.length / 3));
  const early = soundBytes();
  sending.child.stdin?.write(bytes.subarray(bytes.length / 3, (bytes.length * 2) / 3));
  await until('more of it', () => soundBytes() > early);
  assert.deepEqual(await arrived(), []);
  sending.child.stdin?.end(bytes.subarray((bytes.length * 2) / 3));
  const { code, lines, err } = await sending.ended;
  assert.equal(code, 0, err);
  assert.deepEqual((await arrived()).map(({ sha256 }) => sha256), [lines[0]?.['sha256']]);
});

test('[CLI2] the server is killed in mid-send and started again: one message, the same hash', async () => {
  const bytes = await readFile(voiceAs(world.folder, 'stream.ogg', '-c:a', 'libopus', '-b:a', '64k', '-page_duration', '100000'));
  const sending = await midStream(bytes.subarray(0, bytes.length / 2));
  await world.server?.kill('SIGKILL');
  sending.child.stdin?.end(bytes.subarray(bytes.length / 2));
  await sleep(300);
  await world.serve();
  const { code, lines, err } = await sending.ended;
  assert.equal(code, 0, err);
  assert.deepEqual((await arrived()).map(({ message, sha256 }) => [message, sha256]), [[lines[0]?.['message'], lines[0]?.['sha256']]]);
});

test('[CLI3] [CLI5] a stream that is interrupted, and one whose sender is killed, leave nothing', async () => {
  const bytes = await readFile(voiceAs(world.folder, 'stream.ogg', '-c:a', 'libopus', '-b:a', '64k', '-page_duration', '100000'));
  const sofar = soundBytes();
  const interrupted = await (await midStream(bytes.subarray(0, bytes.length / 2))).kill('SIGINT');
  assert.equal(interrupted.code, 130, interrupted.err);
  await until('the upload to be cleared', () => soundBytes() === sofar);

  await (await midStream(bytes.subarray(0, bytes.length / 2))).kill('SIGKILL');
  assert.deepEqual(await world.by('anna', 'outbox'), []);
  await world.by('anna', 'send', '--to', 'me', voice);
  assert.deepEqual(await arrived(), []);
  assert.deepEqual(await readdir(join(world.profile('anna'), 'takes')), []);
});

test('[CLI6] without a server a message is kept, can be given up, and the next command sends it, once', async () => {
  await world.by('anna', 'send', '--to', 'ben', voice);
  await world.server?.kill('SIGTERM');
  const keep = async (): Promise<string> => {
    const begun = performance.now();
    const kept = await world.run('send', '--to', 'ben', voice, '--timeout', '6', '--profile', world.profile('anna'), '--json');
    // Far more than it takes on a busy machine, and far less than tries in ever longer intervals would.
    assert(performance.now() - begun < 60_000);
    assert.equal(kept.code, 75, kept.err);
    const error = kept.lines.at(-1)?.['error'] as { code: string; evidence: Line };
    assert.equal(error.code, 'server.down');
    assert.equal(error.evidence['kept'], true);
    const message = String(error.evidence['message']);
    const waiting = await world.by('anna', 'outbox');
    assert.deepEqual(waiting.map((one) => [one['message'], one['state']]), [[message, 'sending']]);
    return message;
  };
  const [given] = await world.by('anna', 'outbox', 'discard', await keep());
  assert.equal(given?.['discarded'], true, 'not a byte of it has left');
  const kept = await keep();
  await world.serve();
  const retried = await world.by('anna', 'outbox', 'retry');
  assert.deepEqual(retried.map(({ message }) => message), [kept]);
  await world.by('anna', 'outbox', 'retry');
  assert.equal((await arrived()).length, 2);
});

test('[CLI5] a sender killed at any moment sends once or nothing', async () => {
  const done: unknown[] = [];
  for (const [index, delay] of [300, 450, 600, 700, 800, 1_000, 1_300].entries()) {
    // Each of another length, so that their hashes tell them apart.
    const file = voiceAs(world.folder, `${index}.wav`, '-t', String(1 + index / 2));
    const sending = world.start(['send', '--to', 'ben', file, '--profile', world.profile('anna'), '--json']);
    await Promise.race([sleep(delay), sending.ended]);
    const { code, lines } = await sending.kill('SIGKILL');
    if (code === 0) done.push(lines[0]?.['sha256']);
  }
  await world.by('anna', 'outbox', 'retry');
  assert.deepEqual(await world.by('anna', 'outbox'), []);
  const hashes = (await arrived()).map(({ sha256 }) => sha256);
  assert.equal(new Set(hashes).size, hashes.length);
  for (const hash of done) assert(hashes.includes(hash));
});

test('[CLI8] what came while nobody listened is told of, once', async () => {
  const [first] = await world.by('anna', 'send', '--to', 'ben', voice);
  const peeking = await world.listen('ben', '--no-mark');
  await peeking.event('message', first?.['message']);
  await peeking.kill('SIGINT');
  const listening = await world.listen('ben');
  await listening.event('message', first?.['message']);
  const ended = await listening.kill('SIGINT');
  assert.equal(ended.code, 0);
  assert.equal(ended.lines[0]?.['event'], 'listening');
  const [second] = await world.by('anna', 'send', '--to', 'ben', voice);
  const again = await world.listen('ben');
  await again.event('message', second?.['message']);
  const { lines } = await again.kill('SIGTERM');
  assert.deepEqual(lines.filter(({ event }) => event === 'message').map(({ message }) => message), [second?.['message']]);
});

test('a listener whose reader went away ends quietly', async () => {
  const listening = await world.listen('ben');
  listening.child.stdout?.destroy();
  await world.by('anna', 'send', '--to', 'ben', voice);
  const { code, err } = await listening.ended;
  assert.deepEqual([code, err], [0, '']);
});
