import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Happening } from '@earshot/client/earshot.ts';
import { genesisEntry } from '@earshot/client/keys/chain-entries.ts';
import { followChain } from '@earshot/client/keys/device-chain.ts';
import { deviceSigner, furtherDevice, type Persona, persona } from '@earshot/client/keys/testing/persona.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ChainEntry } from '@earshot/protocol/keys.ts';
import { BadServer, type Malice } from './bad-server.ts';
import { details, packets, personId, signInToo, town, type Town, until } from './town.ts';

let place: Town;
let anna: Earshot;
let cleo: Earshot;
let made = 0;

before(async () => {
  place = await town();
  anna = await place.person('anna');
  cleo = await place.person('cleo');
  await anna.synced();
});
after(() => place[Symbol.asyncDispose]());

interface Victim {
  readonly earshot: Earshot;
  readonly server: BadServer;
  readonly faults: string[];
  /** With Anna, the victim and Cleo. */
  readonly group: string;
}

async function victim(): Promise<Victim> {
  const server = new BadServer();
  const earshot = await place.person(`victim${(made += 1)}`, { transport: (real) => server.transport(real) });
  const faults: string[] = [];
  earshot.on((one: Happening) => {
    if (one.type === 'fault') faults.push(`${one.code} ${String(one.evidence['reason'] ?? '')}`.trim());
  });
  await anna.synced();
  const group = await anna.conversations.createGroup({ title: 'Trio', members: [await personId(earshot), await personId(cleo)] });
  await until(earshot, async () => (await earshot.conversations.get(group))?.title === 'Trio');
  return { earshot, server, faults, group };
}

async function say(speaker: Earshot, conversation: string): Promise<string> {
  const take = await speaker.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(20, (made += 1)));
  await take.send(details(20));
  await speaker.settled();
  return take.take;
}

/** Why each message that came is not shown as somebody's; those that are all right have an empty reason. */
async function failures({ earshot, group }: Victim): Promise<string[]> {
  return (await earshot.messages.list(group)).map(({ failure }) => failure?.code ?? '');
}

/** Bends events from the one on that is number `from` on the real server, by what happens to each one's number and content. */
const bending = (bend: (event: LoggedEvent) => LoggedEvent[]): Malice => ({ events: (events) => events.flatMap(bend).sort((one, other) => one.seq - other.seq) });

/** The number of the first of three messages: behind the event that makes the group, and its title. */
const nextSeq = async ({ group }: Victim): Promise<number> => {
  const first = await say(anna, group);
  return ((await anna.messages.get(first))?.seq ?? 0) + 1;
};

const bodyOf = ({ body }: LoggedEvent, bend: (bytes: Buffer) => Buffer): string => bend(Buffer.from(body ?? '', 'base64url')).toString('base64url');
const flipped = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)));

const cases: readonly { readonly what: string; readonly bend: (seq: number, other: string) => Malice; readonly named: RegExp }[] = [
  { what: 'leaves one out', bend: (seq) => bending((event) => (event.seq === seq ? [] : [event.seq > seq ? { ...event, seq: event.seq - 1 } : event])), named: /server\.misbehaves (?:saw|fork)/ },
  {
    what: 'repeats one',
    bend: (seq) => ({
      ...bending((event) => (event.seq < seq ? [event] : event.seq === seq ? [event, { ...event, seq: seq + 1 }] : [{ ...event, seq: event.seq + 1 }])),
      // It stands by its story: one that tells of fewer events than it gave out is one that was brought back (BACK3).
      log: (info) => ({ ...info, head: info.head + 1 }),
    }),
    named: /server\.misbehaves counter/,
  },
  { what: 'swaps two', bend: (seq) => bending((event) => [event.seq === seq ? { ...event, seq: seq + 1 } : event.seq === seq + 1 ? { ...event, seq } : event]), named: /server\.misbehaves (?:saw|counter)/ },
  { what: 'says that somebody else sent it', bend: (seq, other) => bending((event) => [event.seq === seq ? { ...event, person: other } : event]), named: /event\.forged/ },
  { what: 'changes a byte', bend: (seq) => bending((event) => [event.seq === seq ? { ...event, body: bodyOf(event, flipped) } : event]), named: /event\.unreadable/ },
  { what: 'changes what is written on the outside', bend: (seq) => bending((event) => [event.seq === seq ? { ...event, envelope: { ...event.envelope, refers: [event.envelope.log] } } : event]), named: /event\.unreadable/ },
];

const WITHHELD: Malice = { events: () => [] };

for (const { what, bend, named } of cases) {
  test(`[BAD1] a server that ${what} is named`, async () => {
    const one = await victim();
    const seq = await nextSeq(one);
    await one.earshot.synced();
    one.server.malice = WITHHELD;
    for (let count = 0; count < 3; count += 1) await say(anna, one.group);
    one.server.malice = bend(seq, await personId(cleo));
    await one.earshot.synced();
    const said = [...one.faults, ...(await failures(one))];
    assert(said.some((text) => named.test(text)), `${String(named)} is not among ${said.join(', ')}`);
    for (const { id, from, failure } of await one.earshot.messages.list(one.group)) {
      if (failure === null) assert.equal((await anna.messages.get(id))?.from, from, 'nothing is shown as another’s');
    }
  });
}

const misbehaves = async (one: Victim): Promise<boolean> => [...one.faults, ...(await failures(one))].some((text) => text.startsWith('server.misbehaves'));

/** One more device of Anna's says something. */
async function speakFromAnother(device: Earshot, { group }: Victim): Promise<void> {
  await device.start();
  await device.synced();
  await say(device, group);
}

test('[BAD2] a ghost device in somebody’s chain is believed by nobody', async () => {
  const eve = await persona(66);
  const one = await victim();
  const annas = await personId(anna);
  one.server.malice = { chain: (person, entries) => (person === annas && entries.length > 0 ? [...entries, ghost(entries, eve.genesis)] : entries) };
  const laptop = await place.device();
  await signInToo(laptop, anna, 'Laptop');
  await speakFromAnother(laptop, one);
  await one.earshot.synced();
  await until(one.earshot, () => misbehaves(one));
  assert((await failures(one)).every((code) => code !== ''), 'what the laptop said waits for a chain that is right');
});

/** An entry that would add a device of somebody else's to this chain. */
function ghost(entries: readonly ChainEntry[], stranger: ChainEntry): ChainEntry {
  const last = entries.at(-1);
  assert(last && stranger.change.kind === 'genesis');
  return { ...stranger, index: last.index + 1, person: last.person, signer: last.signer, change: { kind: 'add', device: stranger.change.device }, previous: 'a'.repeat(64) };
}

test('[BAD2] [LATE1] a server that serves an old list of devices is named, and what the new device said is not shown as anybody’s', async () => {
  const one = await victim();
  const known = (await anna.account.devices()).length;
  one.server.malice = { chain: (_, entries) => entries.filter(({ index }) => index < known) };
  const tablet = await place.device();
  await signInToo(tablet, anna, 'Tablet');
  await speakFromAnother(tablet, one);
  await one.earshot.synced();
  await until(one.earshot, () => misbehaves(one));
  assert((await failures(one)).every((code) => code !== ''));
  // Once the server says everything, so is everything there.
  one.server.malice = {};
  await one.earshot.synced();
  await until(one.earshot, async () => (await failures(one)).every((code) => code === ''));
});

test('[BAD2] [REKEY2] a server that serves another chain under a known name is named, once, and nothing is sealed to it', async () => {
  const one = await victim();
  const annas = await personId(anna);
  const others = await otherChain(await persona(67), annas, (await anna.account.devices()).length + 1);
  one.server.malice = { chain: (person, entries) => (person === annas ? others.slice(entries[0]?.index ?? others.length) : entries) };
  const watch = await place.device();
  await signInToo(watch, anna, 'Watch');
  await speakFromAnother(watch, one);
  await one.earshot.synced();
  assert((await failures(one)).includes('identity.changed'));
  const conversation = await one.earshot.conversations.direct(annas);
  await assert.rejects(one.earshot.settled(), (error) => error instanceof Failure && error.code === 'identity.changed');
  assert(!one.server.posted.some(({ path }) => path.includes(conversation)), 'nothing was sealed to it');
  for (const where of [conversation, one.group]) {
    const told = (await one.earshot.conversations.changes(where)).flatMap(({ by, change }) => (change.what === 'keys' ? [[by, change.why]] : []));
    assert.deepEqual(told, [[annas, 'unknown']]);
  }
});

/** A chain that is right in itself, of keys that are not hers. */
async function otherChain(thief: Persona, person: string, length: number): Promise<ChainEntry[]> {
  const { primitives, device, genesis } = thief;
  assert(genesis.change.kind === 'genesis');
  const { device: shown, recovery, account } = genesis.change;
  const entries = [await genesisEntry(primitives.signatures, device.seeds.signing, { person, device: shown, recovery, account, invitation: null })];
  while (entries.length < length) {
    const chain = await followChain(primitives.signatures, person, null, entries);
    entries.push((await furtherDevice(thief, chain, deviceSigner(thief))).entry);
  }
  return entries;
}

test('[BAD3] a member whom only the server names is shown nowhere and sealed to by nobody, and sending waits', async () => {
  const one = await victim();
  const stranger = makeId(systemRandom);
  one.server.malice = { log: (info) => ({ ...info, members: [...info.members, { person: stranger, role: 'member', joined: 1, left: null, chain: 1 }] }) };
  await one.earshot.synced();
  assert(!(await one.earshot.conversations.get(one.group))?.members.some(({ person }) => person === stranger));
  await assert.rejects(say(one.earshot, one.group), (error) => error instanceof Failure && error.code === 'server.misbehaves');
  assert(!one.server.posted.some(({ body }) => body.includes('"grants"') && body.includes(stranger)), 'a grant for a stranger');
});

test('[GEN6] where the server tells of a generation that nobody began here, nothing is begun on the list from before it', { timeout: 60_000 }, async () => {
  const one = await victim();
  const group = await one.earshot.conversations.createGroup({ title: 'Hers', members: [await personId(anna)] });
  await one.earshot.settled();
  one.server.malice = { log: (info) => (info.id === group ? { ...info, generation: info.generation + 1 } : info) };
  await one.earshot.synced();
  const earlier = one.server.posted.length;
  await one.earshot.conversations.add(group, [await personId(cleo)]);
  await assert.rejects(one.earshot.settled(), (error) => error instanceof Failure && error.code === 'key.missing');
  assert(!one.server.posted.slice(earlier).some(({ body }) => body.includes('"grants"')), 'a key that nobody could follow');
  one.server.malice = {};
});

test('[BAD4] another person’s blob is noticed, and the right one fetched again', async () => {
  const one = await victim();
  let asked = 0;
  one.server.malice = { blob: (_, bytes) => ((asked += 1) > 1 ? bytes : systemRandom.bytes(bytes.length)) };
  const message = await say(anna, one.group);
  await until(one.earshot, async () => (await one.earshot.messages.get(message))?.here === true);
  assert(asked >= 2);
  assert.equal((await one.earshot.messages.get(message))?.sha256, (await anna.messages.get(message))?.sha256);
});
