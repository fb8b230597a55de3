import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64Url } from '@earshot/base/encoding.ts';
import { makeId, type Id } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openProfile } from '@earshot/client/connect.node.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { compose } from '@earshot/client/outbox/compose.ts';
import { Replica } from '@earshot/client/replica/replica.ts';
import { framingSealer } from '@earshot/client/sealers/framing-sealer.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { sqliteStore } from '@earshot/client/stores/sqlite.node.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { ServerProcess } from './server-process.ts';
import { quantile, type Row } from './table.ts';
import { makeVoice, type Voice } from './voice.ts';
import { WireDevice } from './wire.ts';

const MISSED = 10_000;
/** Everybody who spoke while the device was away. */
const SPEAKERS = 16;
const LONG = 100_000;
const PAGE = 500;
const OPENINGS = 9;

const sealer = framingSealer(systemRandom);

/** A device that comes back after 10,000 events, and one that opens a conversation of 100,000 messages: the SDK on its store in a file. */
export async function measureCatchUp(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-catchup-'));
  try {
    await using server = await ServerProcess.start();
    const [secret, ...secrets] = await server.invitations(SPEAKERS + 1);
    const dir = join(folder, 'listener');
    const listener = await openProfile({ dir, server: server.origin });
    await listener.account.join({ invitation: secret ?? '', handle: 'listener', name: 'Listener', deviceName: 'bench' });
    const voice = await makeVoice(listener, join(dir, 'earshot.db'));
    const person = (await listener.account.current())?.person ?? '';
    const speakers = await Promise.all(secrets.map((_, at) => arrive(server.origin, listener, `s${at}`, person)));
    await listener.synced();
    await listener[Symbol.asyncDispose]();
    await Promise.all(speakers.map((speaker) => speak(speaker, voice)));
    return [...(await comeBack(dir, server.origin)), ...(await openLong(dir, server.origin, voice, person))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Speaker {
  readonly device: WireDevice;
  readonly log: Id;
}

async function arrive(origin: string, listener: Earshot, handle: string, to: Id): Promise<Speaker> {
  const device = new WireDevice(origin);
  await device.join((await listener.people.invite()).secret, handle);
  return { device, log: await device.direct(to) };
}

async function speak({ device, log }: Speaker, voice: Voice): Promise<void> {
  for (let count = 0; count < MISSED / SPEAKERS; count += 1) {
    const blobs = [await device.upload(voice.sealed)];
    const { envelope, body } = compose({ id: makeId(systemRandom), log, device: device.session?.device ?? '', class: 'message', body: voice.body, blobs });
    await device.post(envelope, toBase64Url(await sealer.sealBody(envelope, body)));
  }
  device.close();
}

/** Until the list shows all that was missed; then how quickly it answers while the bytes of all of it are still coming. */
async function comeBack(dir: string, server: string): Promise<Row[]> {
  await using earshot = await openProfile({ dir, server });
  const begun = performance.now();
  const live = new Promise<void>((resolve) => earshot.on(() => earshot.connection.state === 'live' && resolve()));
  await earshot.start();
  await live;
  const list = await earshot.conversations.list();
  const took = performance.now() - begun;
  const missed = list.reduce((sum, { unheard }) => sum + unheard, 0);
  if (missed !== MISSED) throw new Error(`the list knows of ${missed} of ${MISSED} missed messages`);
  const answers = await repeated(async () => void (await earshot.conversations.list()));
  return [
    { what: `back after ${MISSED} missed messages, until the list shows them`, measured: took / 1000, unit: 's', aim: 2, better: 'lower' },
    { what: 'the list again, while their bytes are coming, p50', measured: quantile(answers, 0.5), unit: 'ms', aim: 100, better: 'lower', note: `longest ${Math.max(...answers).toFixed(0)} ms` },
  ];
}

/** From opening the profile to the last page of the conversation. */
async function openLong(dir: string, server: string, voice: Voice, me: Id): Promise<Row[]> {
  const log = await writeLong(join(dir, 'earshot.db'), voice, me);
  const opened = await repeated(async () => {
    await using earshot = await openProfile({ dir, server });
    const shown = await earshot.messages.list(log);
    if (shown.at(-1)?.seq !== LONG) throw new Error('the last message is not shown');
  });
  return [{ what: `opening a conversation of ${LONG} messages, profile included, p50`, measured: quantile(opened, 0.5), unit: 'ms', aim: 1_000, better: 'lower', note: `longest ${Math.max(...opened).toFixed(0)} ms` }];
}

/** A conversation as the replica writes it when it comes from the server, with the bytes of all of it fetched. */
async function writeLong(file: string, voice: Voice, me: Id): Promise<Id> {
  const store = sqliteStore(file);
  const replica = new Replica(store, sealer);
  const [log, other, device] = [makeId(systemRandom), makeId(systemRandom), makeId(systemRandom)];
  const member = { role: 'member', joined: 1, left: null, chain: 1 } as const;
  await replica.takeInfo(me, { id: log, kind: 'direct', head: LONG, receipts: 0, generation: 1, due: false, members: [{ person: me, ...member }, { person: other, ...member }] });
  for (let from = 1; from <= LONG; from += PAGE) {
    const seqs = Array.from({ length: PAGE }, (_, at) => from + at);
    const events = await Promise.all(seqs.map(async (seq): Promise<LoggedEvent> => {
      const blobs = [{ id: makeId(systemRandom), length: voice.sealed.length, sha256: voice.sha256 }];
      const { envelope, body } = compose({ id: makeId(systemRandom), log, device, class: 'message', body: voice.body, blobs });
      return { seq, at: seq, person: other, envelope, body: toBase64Url(await sealer.sealBody(envelope, body)), removed: null, grant: null };
    }));
    await replica.takeEvents(me, log, events);
    await store.commit(seqs.map((seq) => ({ drop: keys.fetch(log, seq) })));
  }
  await store.close();
  return log;
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
