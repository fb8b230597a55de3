import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { Caller, hashOf, newId, noise, World } from './world.ts';

const victim = fileURLToPath(new URL('victim.ts', import.meta.url));

/** A server in a process of its own. */
export async function startVictim(dataDir: string): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [victim, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => resolve(Number(text.toString())));
    child.on('exit', (code) => reject(new Error(`server ended: ${code}`)));
  });
  return { process: child, port };
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => void child.on('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

export interface Acknowledged {
  readonly envelope: Envelope;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** Sends messages until the connection breaks, in all the ways there are; answers what was acknowledged. */
export async function load(who: Caller, log: string, said: Acknowledged[], offsets: Map<string, number>): Promise<void> {
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

export interface KillReport {
  readonly rounds: number;
  /** Messages acknowledged, and their bytes: each was read back and compared by its hash. */
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Kills a server under load so many times and starts it again on the same folder; asserts each time that nothing acknowledged is lost,
 * nothing is half visible and everything can be repeated, and after the last time reads back all of it once more.
 */
export async function killRounds(dataDir: string, rounds: number, told: (round: number, messages: number) => void): Promise<KillReport> {
  let server = await startVictim(dataDir);
  try {
    const world = new World({ port: server.port } as World['server'], dataDir);
    const joined = await world.join('alice');
    const caller = (): Caller => new Caller(`http://127.0.0.1:${server.port}`, joined.person, joined.device, joined.token, joined.chain, joined.rooms);
    const log = await joined.direct(joined.person);
    const said: Acknowledged[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const offsets = new Map<string, number>();
      const before = said.length;
      const alice = caller();
      const writers = Array.from({ length: 6 }, () => load(alice, log, said, offsets));
      while (said.length === before) await pause(10);
      await pause(Math.random() * 500);
      await kill(server.process);
      await Promise.all(writers);
      server = await startVictim(dataDir);
      await verify(caller(), log, said, offsets, before);
      told(round, said.length);
    }
    await verify(caller(), log, said, new Map(), 0);
    return { rounds, messages: said.length, bytes: said.reduce((sum, { bytes }) => sum + bytes.length, 0) };
  } finally {
    await kill(server.process);
  }
}

/** Everything acknowledged from `from` on is there, byte for byte, and the log has no gaps. */
export async function verify(alice: Caller, log: string, said: readonly Acknowledged[], offsets: ReadonlyMap<string, number>, from: number): Promise<void> {
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
  for (const [seq, envelope] of events) if (seq > (said[from - 1]?.seq ?? 0)) for (const blob of envelope.blobs) assert.equal((await alice.call('HEAD', `/v1/blobs/${blob.id}`)).status, 200);
  for (const [id, offset] of offsets) {
    const head = await alice.tus('HEAD', `/v1/uploads/${id}`, {});
    assert.ok(Number(head.headers.get('upload-offset')) >= offset, `${id} stands at ${head.headers.get('upload-offset')} instead of ${offset}`);
  }
}
