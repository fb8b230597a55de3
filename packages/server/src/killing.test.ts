import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { Caller, hashOf, newId, noise, World } from './testing/world.ts';

const victim = fileURLToPath(new URL('testing/victim.ts', import.meta.url));

async function run(dataDir: string): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [victim, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => resolve(Number(text.toString())));
    child.on('exit', (code) => reject(new Error(`server ended: ${code}`)));
  });
  return { process: child, port };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => void child.on('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

interface Acknowledged {
  readonly envelope: Envelope;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** Sends messages until the connection breaks, in all the ways there are; answers what was acknowledged. */
async function load(who: Caller, log: string, said: Acknowledged[], offsets: Map<string, number>): Promise<void> {
  for (let count = 0; ; count += 1) {
    const bytes = noise(2_000 + ((count * 7919) % 70_000));
    const id = newId();
    try {
      if (count % 2 === 0) await who.upload(bytes, id);
      else await grow(who, id, bytes, offsets);
      const envelope = who.envelope(log, { blobs: [{ id, length: bytes.length, sha256: hashOf(bytes) }] });
      const answer = await who.post(envelope);
      assert.equal(answer.status, 200, answer.text);
      said.push({ envelope, seq: answer.json.seq, bytes });
      offsets.delete(id);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return;
    }
  }
}

async function grow(who: Caller, id: string, bytes: Uint8Array, offsets: Map<string, number>): Promise<void> {
  await who.tus('POST', '/v1/uploads', { 'upload-defer-length': '1', 'upload-metadata': `id ${Buffer.from(id).toString('base64')}` });
  offsets.set(id, 0);
  for (let at = 0; at < bytes.length; at += 20_000) {
    const part = bytes.subarray(at, at + 20_000);
    const answer = await who.tus('PATCH', `/v1/uploads/${id}`, { 'upload-offset': String(at) }, part);
    assert.equal(answer.status, 204, answer.text);
    offsets.set(id, at + part.length);
  }
}

test('[SRV2] kill -9 under load: nothing acknowledged is lost, nothing is half visible, and everything can be repeated', { timeout: 120_000 }, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-kill-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  let server = await run(dataDir);
  t.after(() => kill(server.process));
  const world = new World({ port: server.port } as World['server'], dataDir);
  const joined = await world.join('alice');
  const log = await joined.direct(joined.person);
  const said: Acknowledged[] = [];
  for (let round = 0; round < 5; round += 1) {
    const alice = new Caller(`http://127.0.0.1:${server.port}`, joined.person, joined.device, joined.token);
    const offsets = new Map<string, number>();
    const before = said.length;
    const writers = Array.from({ length: 6 }, () => load(alice, log, said, offsets));
    await new Promise((resolve) => void setTimeout(resolve, 200 + Math.random() * 400));
    await kill(server.process);
    await Promise.all(writers);
    assert.ok(said.length > before, 'there was load');
    server = await run(dataDir);
    await verify(new Caller(`http://127.0.0.1:${server.port}`, joined.person, joined.device, joined.token), log, said, offsets, before);
  }
});

async function verify(alice: Caller, log: string, said: readonly Acknowledged[], offsets: ReadonlyMap<string, number>, from: number): Promise<void> {
  const events = new Map<number, Envelope>();
  for (let after = 0; ; ) {
    const page = (await alice.call('GET', `/v1/logs/${log}/events?after=${after}`)).json.events;
    for (const event of page) events.set(event.seq, event.envelope);
    if (page.length === 0) break;
    after = page.at(-1)?.seq ?? after;
  }
  assert.deepEqual([...events.keys()], Array.from({ length: events.size }, (_, at) => at + 1), 'no gaps');
  for (const { envelope, seq } of said) assert.deepEqual(events.get(seq), envelope);
  for (const { envelope, seq, bytes } of said.slice(from)) {
    const answer = await fetch(`${alice.base}/v1/blobs/${envelope.blobs[0]?.id}`, { headers: { authorization: `Bearer ${alice.token}` } });
    assert.equal(hashOf(new Uint8Array(await answer.arrayBuffer())), hashOf(bytes));
    assert.equal((await alice.post(envelope)).json.seq, seq, 'repeated');
  }
  // Whatever was appended without its answer arriving is whole as well.
  for (const envelope of events.values()) for (const blob of envelope.blobs) assert.equal((await alice.call('HEAD', `/v1/blobs/${blob.id}`)).status, 200);
  for (const [id, offset] of offsets) {
    const head = await alice.tus('HEAD', `/v1/uploads/${id}`, {});
    assert.ok(Number(head.headers.get('upload-offset')) >= offset, `${id} stands at ${head.headers.get('upload-offset')} instead of ${offset}`);
  }
}
