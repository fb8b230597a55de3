import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@earshot/base/clock.ts';
import { makeId, type Id } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openProfile } from '@earshot/client/connect.node.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { compose } from '@earshot/client/outbox/compose.ts';
import { Replica } from '@earshot/client/replica/replica.ts';
import { atRestStore } from '@earshot/client/at-rest/at-rest-store.ts';
import { destroyProfileKey, openProfileKey } from '@earshot/client/at-rest/profile-key.node.ts';
import { createEarshot } from '@earshot/client/create.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import type { EventOpener } from '@earshot/client/sealer.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { sqliteStore } from '@earshot/client/stores/sqlite.node.ts';
import type { SessionRow } from '@earshot/client/account/session.ts';
import type { Chain } from '@earshot/client/keys/chain.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { ServerProcess } from './server-process.ts';
import { quantile, type Row } from './table.ts';
import { makeVoice, type Voice } from './voice.ts';

const MISSED = 10_000;
/** Everybody who spoke while the device was away. */
const SPEAKERS = 16;
const LONG = 100_000;
const PAGE = 500;
const OPENINGS = 9;

/** A device that comes back after 10,000 events, and one that opens a conversation of 100,000 messages: the SDK on its store in a file. */
export async function measureCatchUp(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-catchup-'));
  try {
    await using server = await ServerProcess.start();
    const [secret, ...secrets] = await server.invitations(SPEAKERS + 1);
    const dir = join(folder, 'listener');
    const listener = await openProfile({ dir, server: server.origin });
    await listener.account.join({ invitation: secret ?? '', handle: 'listener', name: 'Listener', deviceName: 'bench' });
    const voice = await makeVoice();
    const person = (await listener.account.current())?.person ?? '';
    const speakers = await Promise.all(secrets.map((_, at) => arrive(server.origin, listener, `s${at}`, person)));
    await listener.synced();
    const recoveryCode = (await listener.account.recoveryCode()) ?? '';
    await listener[Symbol.asyncDispose]();
    await Promise.all(speakers.map((speaker) => speak(speaker, voice)));
    return [...(await comeBack(dir, server.origin)), ...(await joinLate(join(folder, 'late'), server.origin, recoveryCode)), ...(await openLong(dir, server.origin, voice, person))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Speaker {
  readonly earshot: Earshot;
  readonly log: Id;
}

async function arrive(origin: string, listener: Earshot, handle: string, to: Id): Promise<Speaker> {
  const earshot = await createEarshot({ store: memoryStore(), locks: memoryLocks(), transport: httpTransport({ server: origin }), clock: systemClock, random: systemRandom });
  await earshot.account.join({ invitation: (await listener.people.invite()).secret, handle, name: handle, deviceName: 'bench' });
  await earshot.start();
  return { earshot, log: await earshot.conversations.direct(to) };
}

async function speak({ earshot, log }: Speaker, { packets, details }: Voice): Promise<void> {
  for (let count = 0; count < MISSED / SPEAKERS; count += 1) {
    const take = await earshot.outgoing.begin({ take: makeId(systemRandom), conversation: log });
    await take.append(packets);
    await take.send(details);
  }
  await earshot.settled();
  await earshot[Symbol.asyncDispose]();
}

/** Milliseconds by the clock, and of this process's processor, since it was made. */
function stopwatch(): () => { readonly took: number; readonly processor: number } {
  const [begun, processor] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(processor);
    return { took: performance.now() - begun, processor: (user + system) / 1000 };
  };
}

function reached(what: string, { took, processor }: ReturnType<ReturnType<typeof stopwatch>>, aim: number | null): Row {
  return { what, measured: took / 1000, unit: 's', aim, better: 'lower', note: `${(processor / 1000).toFixed(2)} s of the device's processor` };
}

/**
 * The list can be used: it has all conversations, whoever spoke last first, each with the number of its unheard messages and its newest one opened; and the
 * newest of all plays.
 */
async function usable(earshot: Earshot, unheard: number): Promise<void> {
  const list = (await earshot.conversations.list()).filter(({ kind }) => kind !== 'self');
  const counted = list.reduce((sum, one) => sum + one.unheard, 0);
  const newest = list.map(({ last }) => last);
  if (list.length !== SPEAKERS || counted !== unheard) throw new Error(`the list has ${list.length} conversations and knows of ${counted} of ${unheard} missed messages`);
  if (newest.some((last, at) => last === null || last.samples === 0 || last.seq !== MISSED / SPEAKERS + 1 || last.time > (newest[at - 1]?.time ?? Infinity))) throw new Error('the list does not show what was said last');
  if ((await earshot.messages.audio(newest[0]?.id ?? '')).length === 0) throw new Error('the newest message does not play');
}

/** Every message is in its place and readable. */
async function allOpened(earshot: Earshot): Promise<void> {
  await earshot.synced();
  const { count } = await earshot.messages.find({});
  if (count !== MISSED) throw new Error(`${count} of ${MISSED} messages are open`);
}

function live(earshot: Earshot): Promise<void> {
  return new Promise((resolve) => earshot.on(() => earshot.connection.state === 'live' && resolve()));
}

/** Until the list can be used; how quickly it answers while all the rest is being opened; until all of it is. */
async function comeBack(dir: string, server: string): Promise<Row[]> {
  await using earshot = await openProfile({ dir, server });
  const since = stopwatch();
  const connected = live(earshot);
  await earshot.start();
  await connected;
  await usable(earshot, MISSED);
  const first = since();
  const answers = await repeated(async () => void (await earshot.conversations.list()));
  await allOpened(earshot);
  return [
    reached(`back after ${MISSED} missed messages, until the list can be used`, first, 2),
    { what: 'the list again, while the rest is being opened, p50', measured: quantile(answers, 0.5), unit: 'ms', aim: 100, better: 'lower', note: `longest ${Math.max(...answers).toFixed(0)} ms` },
    reached('the same, until all of them are opened and judged', since(), null),
  ];
}

/** A new device of somebody with all of that behind her, with nothing but the recovery code. */
async function joinLate(dir: string, server: string, recoveryCode: string): Promise<Row[]> {
  await using earshot = await openProfile({ dir, server });
  const since = stopwatch();
  await earshot.account.recover({ handle: 'listener', recoveryCode, deviceName: 'late' });
  const connected = live(earshot);
  await earshot.start();
  await connected;
  await usable(earshot, MISSED);
  const first = since();
  await allOpened(earshot);
  return [
    reached(`a new device by recovery code, ${MISSED} messages of history, until the list can be used`, first, 5),
    reached('the same, until all of them are opened and judged', since(), null),
  ];
}

/** From opening the profile to the last page of the conversation. */
async function openLong(dir: string, server: string, voice: Voice, me: Id): Promise<Row[]> {
  const log = await writeLong(dir, voice, me);
  const opened = await repeated(async () => {
    await using earshot = await openProfile({ dir, server });
    const shown = await earshot.messages.list(log);
    if (shown.at(-1)?.seq !== LONG) throw new Error('the last message is not shown');
  });
  return [{ what: `opening a conversation of ${LONG} messages, profile included, p50`, measured: quantile(opened, 0.5), unit: 'ms', aim: 1_000, better: 'lower', note: `longest ${Math.max(...opened).toFixed(0)} ms` }];
}

/** A conversation as the replica writes it when it comes from the server, with the bytes of all of it fetched. */
async function writeLong(dir: string, voice: Voice, me: Id): Promise<Id> {
  const { store } = await atRestStore(sqliteStore(join(dir, 'earshot.db')), { open: async () => (await openProfileKey(dir, null, systemRandom)).cipher, destroy: () => destroyProfileKey(dir) }, systemRandom);
  const session = (await store.get(keys.session)) as SessionRow;
  const replica = new Replica(store, alreadyOpen(voice));
  const [log, other, device] = [makeId(systemRandom), makeId(systemRandom), makeId(systemRandom)];
  const member = { role: 'member', joined: 1, left: null, chain: 1 } as const;
  await replica.takeInfo(me, { id: log, kind: 'direct', head: LONG, receipts: 0, generation: 1, due: false, members: [{ person: me, ...member }, { person: other, ...member }] });
  const chain: Chain = { person: other, entries: [{ hash: 'identity', by: 'device' }], devices: [{ id: device, keys: { signing: 'signing', sealing: '' }, added: 0, revoked: null }], recovery: [], accounts: [] };
  await store.commit([{ put: keys.chain(other), value: chain }]);
  for (let from = 1; from <= LONG; from += PAGE) {
    const seqs = Array.from({ length: PAGE }, (_, at) => from + at);
    const events = seqs.map((seq): LoggedEvent => {
      const blobs = [{ id: makeId(systemRandom), length: voice.sealed.length, sha256: voice.sha256 }];
      const { envelope } = compose({ id: makeId(systemRandom), log, device, class: 'message', body: voice.body, blobs });
      return { seq, at: seq, person: other, envelope: { ...envelope, generation: 1 }, body: '', removed: null, grant: null };
    });
    await replica.takeEvents(session, log, events);
    await store.commit(seqs.map((seq) => ({ drop: keys.fetch(log, seq) })));
  }
  await store.close();
  return log;
}

/** Only the store is measured here: what the messages say is known. */
function alreadyOpen({ body }: Voice): EventOpener {
  return {
    open: async (events) =>
      events.map((event) => {
        const frame = { counter: event.seq, saw: { seq: event.seq - 1, hash: '' }, chains: { own: { index: 0, hash: 'identity' }, others: [] } };
        return { event, hash: '', granted: null, failure: null, content: { body, frame, signingKey: 'signing' } };
      }),
  };
}

/** Milliseconds of each of several times. */
async function repeated(work: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < OPENINGS; round += 1) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  return times;
}
