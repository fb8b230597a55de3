import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type ChainCommand, type ChainEntry, entryHash, type KeysAnswer } from '@earshot/protocol/keys.ts';
import { stillClock } from '../testing/still-clock.ts';
import { call, Caller, newId, startWorld, type World } from '../testing/world.ts';
import { Authenticator } from '../testing/authenticator.ts';
import { newDevice, newRecovery, TestChain, type TestDevice } from '../testing/keys.ts';

interface Member {
  readonly world: World;
  readonly alice: Caller;
  readonly chain: TestChain;
  readonly phone: TestDevice;
  readonly code: TestDevice;
}

async function member(t: TestContext): Promise<Member> {
  const world = await startWorld(t);
  const alice = await world.join('alice', { password: 'long enough' });
  const { chain } = alice;
  const [phone] = chain?.devices ?? [];
  const [code] = chain?.recovery ?? [];
  assert.ok(chain && phone && code);
  return { world, alice, chain, phone, code };
}

const post = (who: Caller, command: ChainCommand) => who.call('POST', '/v1/chain', command);
const entriesOf = async (who: Caller, person: string): Promise<readonly ChainEntry[]> => (await who.call('GET', `/v1/chains/${person}`)).json['entries'] as ChainEntry[];
const keysOf = async (who: Caller): Promise<KeysAnswer> => (await who.call('GET', '/v1/keys')).json as unknown as KeysAnswer;

/** Alice's second device: signed in by her password, and not in the chain. */
async function laptopOf(world: World, alice: Caller): Promise<{ readonly laptop: Caller; readonly device: TestDevice; readonly locked: unknown }> {
  const device = newDevice();
  const { json } = await call(world.base, null, 'POST', '/v1/sessions', { handle: 'alice', password: 'long enough', device: { id: device.id, name: 'laptop' } });
  return { laptop: new Caller(world.base, alice.person, device.id, json.token ?? '', alice.chain, world.rooms), device, locked: json['locked'] };
}

test('[CHAIN1] a chain begins with joining and grows by what fits its end; whoever sees the person can read it', async (t) => {
  const { world, alice, chain } = await member(t);
  const [bob, mallory] = [await world.join('bob'), await world.join('mallory', { invitation: await strangers(world) })];
  assert.equal((await post(alice, await chain.add(newDevice()))).status, 200);
  assert.deepEqual(await entriesOf(bob, alice.person), chain.entries);
  assert.deepEqual((await bob.call('GET', `/v1/chains/${alice.person}?from=1`)).json['entries'], chain.entries.slice(1));
  assert.equal((await bob.call('GET', '/v1/people')).json.people.find(({ id }) => id === alice.person)?.chain, 2);
  for (const unseen of [alice.person, newId()]) assert.equal((await mallory.call('GET', `/v1/chains/${unseen}`)).code, 'not-found');
});

/** An invitation by somebody whom alice does not know. */
async function strangers(world: World): Promise<string> {
  const carol = await world.join('carol');
  const inner = newId();
  await carol.call('POST', '/v1/invitations', { secretSha256: (await import('node:crypto')).createHash('sha256').update(inner).digest('hex') });
  return inner;
}

test('[CHAIN2] what does not fit is refused by name: another person, a gap, a strange or wrong signer, a device twice, seeds for others', async (t) => {
  const { alice, chain, phone } = await member(t);
  const good = await chain.add(newDevice());
  const field = async (change: Partial<ChainCommand>): Promise<unknown> => {
    const { code, json } = await post(alice, { ...good, ...change });
    return code === 'chain.refused' ? json.error.evidence['field'] : code;
  };
  const [grant] = good.grants;
  assert.ok(grant);
  assert.equal(await field({ entry: { ...good.entry, person: newId() } }), 'person');
  assert.equal(await field({ entry: { ...good.entry, index: 5 } }), 'index');
  assert.equal(await field({ entry: { ...good.entry, index: 0 } }), 'index');
  assert.equal(await field({ entry: { ...good.entry, previous: '0'.repeat(64) } }), 'previous');
  assert.equal(await field({ entry: { ...good.entry, signer: newId() } }), 'signer');
  assert.equal(await field({ entry: { ...good.entry, signature: 'A'.repeat(86) } }), 'signature');
  assert.equal(await field({ entry: { ...good.entry, change: { kind: 'revoke', device: newId(), account: { generation: 2, key: phone.keys.publicKeys.sealing } } } }), 'device');
  assert.equal(await field({ entry: { ...good.entry, change: { kind: 'revoke', device: phone.id, account: { generation: 2, key: phone.keys.publicKeys.sealing } } } }), 'device', 'itself');
  assert.equal(await field({ grants: [{ ...grant, to: newId() }] }), 'grants');
  assert.equal(await field({ grants: [{ ...grant, generation: 2 }] }), 'grants');
  assert.equal(await field({ grants: [grant, grant] }), 'grants');
  assert.equal(await field({ predecessor: { generation: 1, of: 1, wrapped: 'A'.repeat(80) } }), 'predecessor');
  assert.equal((await post(alice, good)).status, 200);
  assert.equal((await post(alice, good)).json['length'], 2, 'repeated');
  assert.equal(await field({ entry: { ...good.entry, index: 2 } }), 'previous');
});

test('[CHAIN3] of two that would be the same entry one gets in', async (t) => {
  const { alice, chain } = await member(t);
  const commands = [await chain.add(newDevice())];
  chain.entries.pop();
  commands.push(await chain.add(newDevice()));
  const answers = await Promise.all(commands.map((command) => post(alice, command)));
  assert.deepEqual(answers.map(({ code }) => code ?? 'done').toSorted((a, b) => (a < b ? -1 : 1)), ['chain.refused', 'done']);
});

test('[CHAIN4] a device that is not in the chain says nothing; let in, it gets its seeds, and the history of them', async (t) => {
  const { world, alice, chain, code } = await member(t);
  const self = await alice.direct(alice.person);
  const { laptop, device, locked } = await laptopOf(world, alice);
  assert.equal(locked, true);
  assert.equal((await laptop.post(laptop.envelope(self))).code, 'device.locked');
  assert.deepEqual((await keysOf(laptop)).grants.map(({ to }) => to), [code.id], 'the recovery code would open it');
  const letIn = await chain.add(device);
  assert.equal((await post(alice, letIn)).status, 200);
  assert.equal((await laptop.post(laptop.envelope(self))).status, 200);
  assert.ok((await keysOf(laptop)).grants.some(({ to, sealed }) => to === device.id && sealed === letIn.grants[0]?.sealed));
  assert.equal((await laptop.call('GET', '/v1/me')).json['locked'], false);
});

test('[CHAIN5] a revoked device is signed out at once and keeps no seed; the person’s conversations need new keys', async (t) => {
  const { world, alice, chain, phone, code } = await member(t);
  const bob = await world.join('bob');
  const log = await alice.direct(bob.person);
  const { laptop, device } = await laptopOf(world, alice);
  await post(alice, await chain.add(device));
  using live = await laptop.live();
  const revoking = await chain.revoke(device);
  assert.equal((await post(alice, revoking)).status, 200);
  assert.equal(await live.closed, 4401);
  assert.equal((await laptop.call('GET', '/v1/me')).code, 'session.revoked');
  const keys = await keysOf(alice);
  assert.deepEqual(keys.grants.map(({ generation, to }) => `${generation} ${to}`).sort(), [`1 ${phone.id}`, `1 ${code.id}`, `2 ${phone.id}`, `2 ${code.id}`].sort());
  assert.deepEqual(keys.predecessors, [revoking.predecessor]);
  assert.equal((await bob.call('GET', '/v1/logs')).json.logs[0]?.due, true);
  assert.equal((await bob.post(bob.envelope(log))).code, 'key.due');
  // To the account key of before the device could still read.
  assert.equal((await bob.post(bob.envelope(log, { class: 'key' }))).json.error.evidence['account'], 2);
  world.rooms.accounts.set(alice.person, 2);
  assert.equal((await bob.post(bob.envelope(log, { class: 'key' }))).status, 200);
  assert.equal((await bob.post(bob.envelope(log))).status, 200);
  const { json } = await call(world.base, null, 'POST', '/v1/sessions', { handle: 'alice', password: 'long enough', device: { id: device.id, name: 'thief' } });
  assert.equal(json['locked'], true, 'its password lets it in no further');
});

test('[CHAIN6] a recovery key wins a fork: what a thief’s device signed after it goes, and so does that device', async (t) => {
  const { world, alice, chain, phone, code } = await member(t);
  const { laptop: thief, device } = await laptopOf(world, alice);
  await post(alice, await chain.add(device));
  const ghost = newDevice();
  const grown = await chain.add(ghost, device);
  assert.equal((await post(thief, grown)).status, 200);
  chain.devices = [phone];
  chain.account = 5;
  const byDevice = await chain.compose({ kind: 'recovery', recovery: [{ id: code.id, keys: code.keys.publicKeys, from: 'code' }], account: { generation: 5, key: phone.keys.publicKeys.sealing } }, phone, 1);
  assert.equal((await post(alice, byDevice)).json.error.evidence['field'], 'index', 'a device does not');
  const byCode = await chain.compose({ kind: 'recovery', recovery: [{ id: code.id, keys: code.keys.publicKeys, from: 'code' }], account: { generation: 5, key: phone.keys.publicKeys.sealing } }, code, 1);
  assert.equal((await post(alice, { ...byCode, predecessor: { generation: 5, of: 1, wrapped: 'A'.repeat(80) } })).status, 200);
  assert.equal((await entriesOf(alice, alice.person)).length, 2);
  assert.deepEqual([...new Set((await keysOf(alice)).grants.map(({ generation }) => generation))], [1, 5], 'seeds of the branch that is gone go with it');
  assert.equal((await thief.call('GET', '/v1/me')).code, 'session.revoked');
});

test('[CHAIN7] somebody let back in keeps her chain, or begins another one where she says so', async (t) => {
  const { world, alice, chain } = await member(t);
  const bob = await world.join('bob');
  await alice.direct(bob.person);
  const invitation = await world.invitation('alice');
  const device = newDevice();
  const join = async (begun: ChainCommand, anew?: true) =>
    call(world.base, null, 'POST', '/v1/join', { invitation, handle: 'alice', name: 'Alice', device: { id: device.id, name: 'new' }, chain: begun, anew, password: 'another one' });
  const kept = await join((await TestChain.begin(newId(), device)).command);
  assert.deepEqual([kept.status, kept.json['locked'], kept.json['chain']], [200, true, 1]);
  assert.deepEqual(await entriesOf(bob, alice.person), chain.entries);
  assert.equal((await join((await TestChain.begin(newId(), device)).command, true)).json.error.evidence['field'], 'person');
  const begun = await TestChain.begin(alice.person, device);
  const anew = await join(begun.command, true);
  assert.deepEqual([anew.status, anew.json['locked'], anew.json['chain']], [200, false, 1], anew.text);
  assert.equal((await join(begun.command, true)).status, 200, 'repeated');
  assert.deepEqual(await entriesOf(bob, alice.person), begun.chain.entries);
  assert.equal((await alice.call('GET', '/v1/me')).code, 'session.revoked');
  assert.equal((await bob.call('GET', '/v1/logs')).json.logs[0]?.due, true);
});

test('[CHAIN10] a locked device begins the chain anew by the password; the one before is told, and she reads from there on what she goes on holding', async (t) => {
  const { world, alice, chain, code } = await member(t);
  const bob = await world.join('bob');
  const log = await alice.direct(bob.person);
  const said = bob.envelope(log);
  assert.equal((await bob.post(said)).status, 200);
  const { laptop, device } = await laptopOf(world, alice);
  const begun = await TestChain.begin(alice.person, device);
  const begin = (who: Caller, password?: string, command = begun.command) => who.call('POST', '/v1/chain/anew', { chain: command, ...(password !== undefined && { password }) });
  assert.equal((await begin(laptop)).code, 'session.credentials');
  assert.equal((await begin(laptop, 'a guess')).code, 'session.credentials');
  assert.equal((await begin(laptop, 'long enough', (await TestChain.begin(alice.person, newDevice())).command)).code, 'request.invalid');
  assert.equal((await begin(bob, 'long enough')).code, 'request.invalid', 'another one’s chain');
  assert.equal((await begin(alice, 'long enough', (await TestChain.begin(alice.person, { ...newDevice(), id: alice.device })).command)).code, 'not-allowed', 'who is in needs none');
  assert.equal((await begin(laptop, 'long enough')).json['length'], 1);
  assert.equal((await begin(laptop, 'long enough')).json['length'], 1, 'repeated');
  assert.equal((await alice.call('GET', '/v1/me')).code, 'session.revoked');

  const [former, current] = [chain.entries, begun.chain.entries];
  const identities = await Promise.all([former, current].map(([first]) => entryHash(first as ChainEntry)));
  const told = (await bob.call('GET', `/v1/chains/${alice.person}`)).json;
  assert.deepEqual([told['entries'], told['former']], [current, identities.slice(0, 1)]);
  assert.deepEqual((await bob.call('GET', `/v1/chains/${alice.person}?identity=${identities[0]}`)).json['entries'], former);
  assert.equal((await bob.call('GET', `/v1/chains/${alice.person}?identity=${'0'.repeat(64)}`)).code, 'not-found');
  assert.equal((await bob.call('GET', '/v1/people')).json.people.find(({ id }) => id === alice.person)?.['identity'], identities[1]);
  assert(!(await keysOf(laptop)).grants.some(({ to }) => to === code.id), 'seeds of before open nothing any more');

  const own = (await laptop.call('GET', '/v1/logs')).json.logs[0];
  assert.deepEqual([own?.due, own?.members.find(({ person }) => person === alice.person)?.joined], [true, 3]);
  assert.deepEqual((await laptop.call('GET', `/v1/logs/${log}/events`)).json['events'], []);
  const seen = (await bob.call('GET', '/v1/logs')).json.logs[0]?.members.find(({ person }) => person === alice.person);
  assert.deepEqual([seen?.joined, seen?.['identity']], [1, identities[1]], 'others see that she was there');
});

test('[CHAIN10] [PRF1] without a password only who has just signed in begins anew or gets herself the means to; no passkey is said to open messages afterwards, and a group that she left shows nothing', async (t) => {
  let now = Date.now();
  const world = await startWorld(t, { clock: stillClock(() => now) });
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.group([bob.person]);
  assert.equal((await alice.post(alice.envelope(log, { class: 'members', membership: { remove: [alice.person] } }))).status, 200);
  const key = new Authenticator(world.server.origin);
  const offered = (await alice.call('POST', '/v1/me/passkeys/options', {})).json;
  await alice.call('POST', '/v1/me/passkeys', { challenge: offered.challenge, response: key.create(offered.options.challenge), name: 'key', recovery: alice.chain?.recovery[0]?.id });
  const signedIn = async (device: TestDevice): Promise<Caller> => {
    const { challenge, options } = (await call(world.base, null, 'POST', '/v1/sessions/passkey/options', {})).json;
    const { json } = await call(world.base, null, 'POST', '/v1/sessions/passkey', { challenge, response: key.get(options.challenge), device: { id: device.id, name: 'x' } });
    return new Caller(world.base, alice.person, device.id, json.token ?? '', alice.chain, world.rooms);
  };
  const begin = async (who: Caller, device: TestDevice): ReturnType<Caller['call']> => who.call('POST', '/v1/chain/anew', { chain: (await TestChain.begin(alice.person, device)).command });

  const [left, fresh] = [newDevice(), newDevice()];
  const open = await signedIn(left);
  now += 601_000;
  assert.equal((await begin(open, left)).code, 'session.stale');
  assert.equal((await open.call('PUT', '/v1/me/password', { password: 'long enough' })).code, 'session.stale');
  assert.equal((await open.call('POST', '/v1/me/passkeys/options', {})).code, 'session.stale');
  const phone = await signedIn(fresh);
  assert.equal((await begin(phone, fresh)).status, 200);
  assert.deepEqual((await phone.call('GET', '/v1/me')).json.passkeys.map(({ recovery }) => recovery), [null]);
  assert.deepEqual((await phone.call('GET', `/v1/logs/${log}/events`)).json.events, []);
});

test('[CHAIN11] so many chains of one person are kept, and no more begun', async (t) => {
  const world = await startWorld(t, { limits: { formerChainsPerPerson: 1 } });
  const alice = await world.join('alice', { password: 'long enough' });
  const begin = async (): ReturnType<Caller['call']> => {
    const { laptop, device } = await laptopOf(world, alice);
    return laptop.call('POST', '/v1/chain/anew', { chain: (await TestChain.begin(alice.person, device)).command, password: 'long enough' });
  };
  assert.equal((await begin()).status, 200);
  const { code, json } = await begin();
  assert.deepEqual([code, json.error.evidence['limit']], ['limit.reached', 'formerChainsPerPerson']);
});

test('[CHAIN8] who deletes her account leaves the chain that proves what she said', async (t) => {
  const { world, alice, chain } = await member(t);
  const bob = await world.join('bob');
  const log = await alice.group([bob.person]);
  await alice.call('POST', '/v1/me/delete', { handle: 'alice', password: 'long enough' });
  assert.deepEqual(await entriesOf(bob, alice.person), chain.entries);
  assert.equal((await bob.post(bob.envelope(log))).code, 'key.due');
});

test('[CHAIN9] a recovery key has to be who it says', async (t) => {
  const { alice, chain, phone } = await member(t);
  const { keys } = await newRecovery();
  chain.account = 2;
  chain.recovery = [{ id: newId(), keys, from: 'code' }];
  const command = await chain.compose({ kind: 'recovery', recovery: [{ id: chain.recovery[0]?.id ?? '', keys: keys.publicKeys, from: 'code' }], account: { generation: 2, key: phone.keys.publicKeys.sealing } }, phone);
  assert.equal((await post(alice, command)).json.error.evidence['field'], 'recovery');
});
