import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { EventClass, LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { EventOpener } from '../sealer.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Replica } from './replica.ts';
import type { LogRow, MessageRow } from './row.ts';
import { chainOf, DEVICE, idOf, LOG, ME, message, opened, OTHER, session } from './testing/opened.ts';

const [SENDER, THIRD] = [OTHER, '00000000000000000000000005'];

/** One event about the first message, which `SENDER` said. Without a body nobody signed it: the server alone says who sent it. */
interface Said {
  readonly by: string;
  readonly what: EventClass;
  readonly body: Body | null;
}
const removal = (by: string, body: Body | null = { kind: 'plain' }): Said => ({ by, what: 'remove', body });
const restoring = (by: string, body: Body | null = { kind: 'plain' }): Said => ({ by, what: 'restore', body });
const keeping = (by: string, body: Body | null = { kind: 'plain' }): Said => ({ by, what: 'keep', body });
const asking = (by: string, body: Body | null = { kind: 'plain' }): Said => ({ by, what: 'ask', body });
const expiryOf = (by: string, body: Body | null = { kind: 'expiry', seconds: 0 }): Said => ({ by, what: 'signal', body });

interface After {
  readonly message: MessageRow;
  readonly log: LogRow;
  readonly asked: boolean;
}
type Expiry = LoggedEvent['envelope']['expiry'];

/** A device of a group, which takes in a message and what was said about it. `SENDER` owns the group. */
const after = (expiry: Expiry, ...about: readonly Said[]): Promise<After> => afterSaying(expiry, SENDER, null, about);

/** The same for what this person `said`, where the server says from the start that `THIRD` has left. */
async function afterSaying(expiry: Expiry, said: string, left: number | null, about: readonly Said[]): Promise<After> {
  const all: readonly Said[] = [{ by: said, what: 'message', body: message }, ...about];
  const events = all.map(({ by, what }, at): LoggedEvent => {
    const envelope = { version: 1, id: idOf(at + 1), log: LOG, device: DEVICE, generation: 1, class: what, blobs: [], refers: at === 0 ? [] : [idOf(1)], expiry: at === 0 ? expiry : 'never' } as const;
    return { seq: at + 1, at: at + 1, person: by, envelope: { ...envelope, blobs: [], refers: [...envelope.refers] }, body: '', removed: null, grant: null };
  });
  const opener: EventOpener = { open: async (some) => some.map((event) => opened(event, all[event.seq - 1]?.body ?? null)) };
  const store = memoryStore();
  const replica = new Replica(store, opener);
  const members = [ME, SENDER, THIRD].map((person) => ({ person, role: person === SENDER ? 'owner' : 'member' }) as const);
  await store.commit([{ put: keys.session, value: session }]);
  await replica.takeInfo(ME, { id: LOG, kind: 'group', head: all.length, receipts: 0, generation: 1, due: false, members: members.map((one) => ({ ...one, joined: 1, left: one.person === THIRD ? left : null, chain: 1 })) });
  const log = (await store.get(keys.log(LOG))) as LogRow;
  await store.commit([{ put: keys.log(LOG), value: { ...log, roster: { kind: 'group', members, hash: null, generation: 1 } } satisfies LogRow }]);
  await store.commit([ME, SENDER, THIRD].map((person) => ({ put: keys.chain(person), value: chainOf(person) })));
  await replica.takeEvents(session, LOG, events);
  const read = (await store.get(keys.log(LOG))) as LogRow;
  assert.equal(read.applied, all.length, 'it is behind this device all the same');
  return { message: (await store.get(keys.message(LOG, 1))) as MessageRow, log: read, asked: (await store.get(keys.asked(idOf(1)))) !== undefined };
}

test('[KEEP4] [BAD1] what its sender did not sign takes nothing away: neither the server’s word for it nor another member’s', async () => {
  assert.equal((await after('never', removal(SENDER))).message.removed?.rule, 'removed');
  for (const said of [removal(SENDER, null), removal(THIRD), removal(ME)]) assert.equal((await after('never', said)).message.removed, null);
});

test('[KEEP4] [BAD1] what its sender took back only she brings back', async () => {
  assert.equal((await after('never', removal(SENDER), restoring(SENDER))).message.removed, null);
  for (const said of [restoring(SENDER, null), restoring(THIRD), restoring(ME)]) assert.equal((await after('never', removal(SENDER), said)).message.removed?.rule, 'removed');
});

test('[KEEP2] [BAD1] a message is kept by who signed that, and one that is heard once by its sender only', async () => {
  assert.equal((await after({ heard: 120 }, keeping(THIRD))).message.keep?.by, THIRD);
  assert.equal((await after({ heard: 0 }, keeping(SENDER))).message.keep?.by, SENDER);
  for (const [seconds, said] of [[120, keeping(THIRD, null)], [0, keeping(SENDER, null)], [0, keeping(THIRD)], [0, keeping(ME)]] as const) assert.equal((await after({ heard: seconds }, said)).message.keep, undefined);
});

test('[KEEP5] [BAD1] when what is sent to a group expires is set by an owner who signed that', async () => {
  assert.equal((await after('never', expiryOf(SENDER))).log.expiry, 0);
  for (const said of [expiryOf(SENDER, null), expiryOf(THIRD), expiryOf(ME)]) assert.equal((await after('never', said)).log.expiry, undefined);
});

test('[BACK2] [BAD1] nobody waits for an answer to what nobody asked', async () => {
  const heard: Said = { by: THIRD, what: 'heard', body: { kind: 'heard', seconds: 1 } };
  const asks = async (said: Said): Promise<unknown> => {
    const { message: row, asked } = await after({ heard: 120 }, heard, said);
    return [asked, row.asked?.map(({ person }) => person)];
  };
  assert.deepEqual(await asks(asking(THIRD)), [true, [THIRD]]);
  assert.deepEqual(await asks(asking(THIRD, null)), [false, undefined]);
});

test('[KEEP13] of who has left it is known first what she said until then: what one sent ends no sooner, although the server tells of her leaving before', async () => {
  const hearing = (by: string): Said => ({ by, what: 'heard', body: { kind: 'heard', seconds: 1 } });
  const ends = async (...about: readonly Said[]): Promise<number | undefined> => (await afterSaying({ heard: 120 }, ME, 4, about)).message.ends;
  assert.equal(await ends(hearing(SENDER)), undefined);
  assert.equal(await ends(hearing(SENDER), hearing(THIRD), expiryOf(SENDER)), 120_003);
  assert.equal(await ends(hearing(SENDER), expiryOf(SENDER), expiryOf(SENDER)), 120_002, 'she never heard it');
});
