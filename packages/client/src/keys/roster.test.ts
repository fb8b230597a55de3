import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Id } from '@earshot/base/ids.ts';
import { makeId } from '@earshot/base/ids.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { directLogId, type Envelope, type Membership } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { created, followRoster, type Membered, ownRoster, type Roster, rosterAfter, type RosterEvent, without } from './roster.ts';

const random = seededRandom(1);
const [ada, ben, cleo, dora, log] = Array.from({ length: 5 }, () => makeId(random)) as [Id, Id, Id, Id, Id];
let made = 0;

function event(kind: 'create' | 'members' | 'key', person: Id, before: Roster | null, members: readonly Membered[], membership?: Membership, inLog = log): RosterEvent {
  made += 1;
  const envelope: Envelope = { version: 1, id: makeId(random), log: inLog, device: person, generation: (before?.generation ?? 0) + 1, class: kind, blobs: [], refers: [], expiry: 'never', ...(membership && { membership }) };
  return { envelope, person, body: { kind: 'roster', members: [...members], previous: before?.hash ?? null }, hash: String(made).padStart(64, '0') };
}

const follow = async (before: Roster | null, one: RosterEvent, me = ada): Promise<Roster> => (await followRoster(before, one, me)).roster;
async function refused(before: Roster | null, one: RosterEvent, reason: string, me = ada): Promise<void> {
  await assert.rejects(followRoster(before, one, me), (error) => error instanceof Failure && error.code === 'server.misbehaves' && error.evidence['reason'] === reason, reason);
}
const peopleIn = ({ members }: Roster): string[] => members.map(({ person, role }) => `${[ada, ben, cleo, dora].indexOf(person)}${role === 'owner' ? '*' : ''}`);

const begin = { kind: 'group', add: [ben, cleo] } as const satisfies Membership;
const start = await follow(null, event('create', ada, null, created('group', ada, { ...begin, add: [...begin.add] }), { ...begin, add: [...begin.add] }));
const change = (before: Roster, person: Id, membership: Membership): RosterEvent => event('members', person, before, rosterAfter(before, membership), membership);

test('[ROSTER1] a list follows from the one before and from what each event says it does', async () => {
  assert.deepEqual(peopleIn(start), ['0*', '1', '2']);
  const more = await follow(start, change(start, ada, { add: [dora], promote: [ben] }));
  assert.deepEqual(peopleIn(more), ['0*', '1*', '2', '3']);
  const fewer = await follow(more, change(more, ben, { remove: [cleo] }));
  assert.deepEqual(peopleIn(fewer), ['0*', '1*', '3']);
  const keyed = await follow(fewer, event('key', dora, fewer, fewer.members));
  assert.deepEqual(peopleIn(keyed), peopleIn(fewer));
  assert.equal(keyed.generation, 4);
});

test('[ROSTER1] whoever leaves is off the list, and an owner who leaves has an heir', async () => {
  const left = await follow(start, change(start, ada, { remove: [ada] }), ben);
  assert.deepEqual(peopleIn(left), ['1*', '2']);
});

test('[ROSTER2] a server that adds, hides or reorders is refused', async () => {
  await refused(start, event('members', ada, start, [...start.members, { person: dora, role: 'member' }], { remove: [cleo] }), 'members');
  await refused(start, event('members', ada, start, start.members, { remove: [cleo] }), 'members');
  await refused(start, event('key', ben, start, [...start.members, { person: dora, role: 'member' }]), 'members');
  await refused(start, event('key', ben, start, start.members.map((member) => ({ ...member, role: 'owner' }))), 'members');
  await refused(start, { ...change(start, ada, { add: [dora] }), body: { kind: 'roster', members: rosterAfter(start, { add: [dora] }), previous: '0'.repeat(64) } }, 'previous');
  const after = await follow(start, change(start, ada, { remove: [cleo] }));
  await refused(after, change(start, ada, { add: [dora] }), 'previous');
});

test('[ROSTER2] nobody without the right changes it: not a member, not who is gone, not a stranger', async () => {
  await refused(start, change(start, ben, { add: [dora] }), 'owner');
  await refused(start, change(start, ben, { remove: [cleo] }), 'owner');
  await refused(start, change(start, dora, { add: [dora] }), 'sender');
  const after = await follow(start, change(start, ada, { remove: [cleo] }));
  await refused(after, event('key', cleo, after, after.members), 'sender');
});

test('[ROSTER3] a newcomer believes the owner who adds her, also when she was here before', async () => {
  const added = change(start, ada, { add: [dora] });
  assert.deepEqual(peopleIn(await follow(null, added, dora)), ['0*', '1', '2', '3']);
  await refused(null, added, 'stranger', makeId(random));
  await refused(null, { ...added, person: ben }, 'owner', dora);
  await refused(null, event('key', ada, start, start.members), 'stranger', dora);
  const gone = await follow(start, change(start, ada, { remove: [cleo] }), cleo);
  assert.deepEqual(peopleIn(gone), ['0*', '1']);
  const between = await follow(gone, change(gone, ada, { add: [dora] }));
  assert.deepEqual(peopleIn(await follow(gone, change(between, ada, { add: [cleo] }), cleo)), ['0*', '1', '3', '2']);
});

test('[ROSTER4] whom the server took out is named by the next key, and nobody comes in by one', async () => {
  const { roster, gone } = await followRoster(start, event('key', ben, start, without(start, [ada])), ben);
  assert.deepEqual(gone, [ada]);
  assert.deepEqual(peopleIn(roster), ['1*', '2']);
});

test('[ROSTER5] a direct conversation is of its two people, and of nobody else', async () => {
  const membership = { kind: 'direct', add: [ben] } as const;
  const both = created('direct', ada, { kind: 'direct', add: [ben] });
  const direct = await directLogId(ada, ben);
  const roster = await follow(null, event('create', ada, null, both, { ...membership, add: [ben] }, direct));
  assert.equal(roster.kind, 'direct');
  await refused(null, event('create', ada, null, both, { ...membership, add: [ben] }, log), 'log');
  await refused(roster, event('members', ada, roster, [...both, { person: cleo, role: 'member' }], { add: [cleo] }, direct), 'kind');
  const own = await follow(null, event('create', ada, null, created('self', ada, { kind: 'direct', add: [ada] }), { kind: 'direct', add: [ada] }, await directLogId(ada, ada)));
  assert.deepEqual([own.kind, peopleIn(own)], ['self', ['0*']]);
});

test('[ROSTER6] who began anew believes the member who gives her the next key, and knows her own conversation by its id', async () => {
  const given = await follow(null, event('key', ben, start, start.members));
  assert.deepEqual([given.kind, peopleIn(given)], ['group', ['0*', '1', '2']]);
  await refused(null, event('key', dora, start, start.members), 'stranger');
  await refused(null, event('key', ben, start, start.members), 'stranger', dora);
  const direct = await directLogId(ada, ben);
  const pair = created('direct', ben, { kind: 'direct', add: [ada] });
  assert.equal((await follow(null, event('key', ben, null, pair, undefined, direct))).kind, 'direct');
  const own = await directLogId(ada, ada);
  const alone = await ownRoster(own, ada, 3);
  assert.deepEqual(alone && peopleIn(alone), ['0*']);
  assert.equal((await follow(null, event('key', ada, null, alone?.members ?? [], undefined, own))).kind, 'self');
  assert.equal(await ownRoster(direct, ada, 3), null);
});
