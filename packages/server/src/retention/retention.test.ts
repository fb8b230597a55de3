import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '@earshot/protocol/limits.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { silentLog } from '@earshot/base/log.ts';
import { toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { MemoryBlobs } from '../blobs/memory.ts';
import { MemoryFanOut } from '../fanout/memory.ts';
import { inviteAsOperator } from '../invitations/invitations.ts';
import { postEvent } from '../logs/post.ts';
import { RecentEvents } from '../logs/recent-events.ts';
import { directLogId, type Envelope } from '@earshot/protocol/envelope.ts';
import { join, me } from '../people/people.ts';
import { ScryptPasswords } from '../people/passwords.node.ts';
import type { Ports } from '../ports.ts';
import { openSqliteStore } from '../store/sqlite.node.ts';
import { anySealed, newDevice, TestChain } from '../testing/keys.ts';
import { hashOf, newId, noise } from '../testing/world.ts';
import { nodeSums } from '../uploads/sums.node.ts';
import { type Piece, Uploads } from '../uploads/uploads.ts';
import { removeLeftovers, sweep } from './sweep.ts';

const DAY = 86_400_000;

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
const piece = (bytes: Uint8Array): Piece => ({ chunks: one(bytes), size: bytes.length, checksum: null });

/** The rules without a network, with a clock that the test turns. */
async function world() {
  let now = 1_800_000_000_000;
  const ports: Ports = {
    store: openSqliteStore(':memory:'), blobs: new MemoryBlobs(), fanout: new MemoryFanOut(), sums: nodeSums, passwords: new ScryptPasswords(),
    clock: { now: () => now, sleep: () => Promise.resolve() }, random: systemRandom, log: silentLog, limits, retention: usualRetention,
  };
  const secret = newId();
  await inviteAsOperator(ports, { secretSha256: hashOf(secret) });
  const device = newId();
  const { command } = await TestChain.begin(newId(), newDevice(device));
  const session = await join(ports, { invitation: secret, handle: 'alice', name: 'Alice', device: { id: device, name: 'x' }, chain: command }, 'here');
  const log = await directLogId(session.person, session.person);
  const uploads = new Uploads(ports);
  const post = (change: Partial<Envelope>) => {
    const envelope: Envelope = { version: 1, id: newId(), log, device: session.device, generation: 1, class: 'message', blobs: [], refers: [], expiry: 'never', ...change };
    return postEvent({ ports, recent: new RecentEvents(ports), uploads: new Uploads(ports) }, session, log, { envelope, body: toBase64Url(utf8('x')), ...(envelope.class === 'create' && { grants: [{ person: session.person, account: 1, sealed: anySealed() }] }) }).then(() => envelope);
  };
  await post({ class: 'create', membership: { kind: 'direct', add: [session.person] } });
  const stored = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const group of ports.blobs.list()) ids.push(...group);
    return ids;
  };
  return { ports, session, uploads, post, stored, pass: (ms: number) => (now += ms) };
}

test('[RET1] an upload that is not continued for 24 hours is cleared with its bytes, and its space is free again', async () => {
  const { ports, session, uploads, stored, pass } = await world();
  const [idle, alive] = [newId(), newId()];
  await uploads.create(session.person, idle, null, piece(noise(100)));
  await uploads.create(session.person, alive, null, piece(noise(100)));
  pass(DAY / 2);
  await uploads.append(session.person, alive, 100, null, piece(noise(5)));
  pass(DAY / 2 + 1);
  await sweep(ports);
  assert.deepEqual(await stored(), [alive]);
  assert.equal((await me(ports, session)).used, 105);
  await assert.rejects(uploads.view(session.person, idle), { code: 'upload.gone' });
  await assert.rejects(uploads.create(session.person, idle, null, null), { code: 'upload.gone' });
});

test('[UP19] bytes that arrive for an upload while it is cleared leave nothing', async () => {
  const { ports, session, uploads, stored, pass } = await world();
  const { blobs } = ports;
  const write = blobs.write.bind(blobs);
  for (const late of [false, true]) {
    const id = newId();
    await uploads.create(session.person, id, null, piece(noise(100)));
    Object.assign(blobs, { write: async (...bytes: Parameters<typeof write>) => {
      if (!late) await write(...bytes);
      pass(DAY + 1);
      await sweep(ports);
      if (late) await write(...bytes);
    } });
    await assert.rejects(uploads.append(session.person, id, 100, null, piece(noise(5))), { code: 'upload.gone' });
    Object.assign(blobs, { write });
    assert.deepEqual(await stored(), [], late ? 'after it' : 'before it');
    assert.equal((await me(ports, session)).used, 0);
  }
});

test('[RET2] a removed message’s bytes wait 30 days in the trash; the notice stays for ever', async () => {
  const { ports, session, uploads, post, stored, pass } = await world();
  const id = newId();
  const bytes = noise(100);
  await uploads.create(session.person, id, 100, piece(bytes));
  const message = await post({ blobs: [{ id, length: 100, sha256: hashOf(bytes) }] });
  await post({ class: 'remove', refers: [message.id] });
  pass(30 * DAY - 1000);
  await sweep(ports);
  assert.deepEqual(await stored(), [id]);
  assert.ok(await ports.store.uploads.readable(session.person, id, 0));
  pass(2000);
  await sweep(ports);
  assert.deepEqual(await stored(), []);
  assert.equal((await me(ports, session)).used, 0);
  const page = await ports.store.logs.page(session, message.log, 1, 10, 1e6, ports.clock.now());
  assert.deepEqual(page?.events.map((event) => [event.seq, event.body === null, event.removed?.rule]), [[2, true, 'removed'], [3, false, undefined]]);
});

test('[RET3] a message that another event names keeps its bytes', async () => {
  const { ports, session, uploads, post, stored, pass } = await world();
  const blob = { id: newId(), length: 100, sha256: hashOf(noise(100)) };
  await uploads.create(session.person, blob.id, 100, piece(noise(100)));
  const message = await post({ blobs: [blob] });
  await post({ class: 'remove', refers: [message.id] });
  await post({ blobs: [blob] });
  pass(60 * DAY);
  await sweep(ports);
  assert.deepEqual(await stored(), [blob.id]);
});

test('[RET4] at the start only bytes that the store never heard of are removed', async () => {
  const { ports, session, uploads, stored } = await world();
  const known = newId();
  await uploads.create(session.person, known, null, piece(noise(10)));
  await ports.blobs.write(newId(), 0, noise(10));
  await removeLeftovers(ports);
  assert.deepEqual(await stored(), [known]);
});

test('[RET4] bytes of an ended blob that came back are removed at the start', async () => {
  const { ports, session, uploads, stored } = await world();
  const id = newId();
  await uploads.create(session.person, id, null, piece(noise(10)));
  await uploads.terminate(session.person, id);
  await ports.blobs.write(id, 0, noise(10));
  await removeLeftovers(ports);
  assert.deepEqual(await stored(), []);
});

test('[UP12] an upload whose sum was forgotten is summed from what is stored', async () => {
  const { ports, session, uploads, post } = await world();
  const id = newId();
  const bytes = noise(3_000_000);
  await uploads.create(session.person, id, null, piece(bytes.subarray(0, 1_000_000)));
  // A new process knows no running sums.
  const later = new Uploads(ports);
  await later.append(session.person, id, 1_000_000, null, piece(bytes.subarray(1_000_000, 2_000_000)));
  await later.append(session.person, id, 2_000_000, null, piece(bytes.subarray(2_000_000)));
  await post({ blobs: [{ id, length: 3_000_000, sha256: hashOf(bytes) }] });
});
