import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Output } from '../../apps/cli/src/output/output.ts';
import { waitUntilStored } from '../../apps/cli/src/sending/wait.ts';
import { contextForTests } from '../../apps/cli/src/testing/context.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { genesisEntry } from '@earshot/client/keys/chain-entries.ts';
import { persona } from '@earshot/client/keys/testing/persona.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { BadServer } from './bad-server.ts';
import { details, packets, personId, signInAgain, signInToo, town, type Town, until } from './town.ts';

let place: Town;
let made = 0;

before(async () => {
  place = await town();
  await place.person('host');
});
after(() => place[Symbol.asyncDispose]());

/** Kept on the device; it travels when it may. */
async function say(speaker: Earshot, conversation: string): Promise<string> {
  const take = await speaker.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(20, (made += 1)));
  return await take.send(details(20));
}

const heard = (listener: Earshot, message: string): Promise<void> => until(listener, async () => (await listener.messages.get(message))?.here === true);
const changed = (error: unknown): boolean => error instanceof Failure && error.code === 'identity.changed';

/** Somebody whom this person invites: they see each other. */
async function guest(host: Earshot, name: string, parts: Parameters<Town['device']>[0] = {}): Promise<Earshot> {
  const device = await place.device(parts);
  await device.account.join({ invitation: (await host.people.invite()).secret, handle: name, name, password: `password of ${name}`, deviceName: 'test' });
  await device.start();
  await device.synced();
  await host.synced();
  return device;
}

/** Signed in by her password on a new device, without anything else. */
async function lockedDevice(handle: string): Promise<Earshot> {
  const device = await place.device();
  await device.account.signIn({ handle, password: `password of ${handle}`, deviceName: 'new' });
  return device;
}

async function begunAnew(handle: string): Promise<Earshot> {
  const device = await lockedDevice(handle);
  await device.account.beginAnew({ password: `password of ${handle}` });
  await device.start();
  await device.synced();
  return device;
}

/** What `earshot send` says when it waits for this message, however long it may wait. */
async function saidAtTheCommandLine(earshot: Earshot, id: string, conversation: string): Promise<{ exit: number; code: string; person: string; kept: boolean }> {
  const { context, out } = contextForTests();
  const exit = await waitUntilStored({ earshot }, new Output(context, true), { message: { id, conversation, seconds: 1 }, timeout: 60_000, ending: context.ending });
  const { code, evidence } = (JSON.parse(out()) as { error: { code: string; evidence: { person: string; kept: boolean } } }).error;
  return { exit, code, person: evidence.person, kept: evidence.kept };
}

const whys = async (earshot: Earshot, conversation: string): Promise<string[]> =>
  (await earshot.conversations.changes(conversation)).flatMap(({ change }) => (change.what === 'keys' ? [change.why] : []));

test('[ANEW1] who lost all devices and her code begins anew with her password: nothing of before is there, and everything goes on', async () => {
  const anna = await place.person('anna');
  const own = await personId(anna);
  await say(anna, await anna.conversations.direct(own));
  await anna.settled();
  const code = await anna.account.recoveryCode();

  // It was hers before: what lies sealed there stays closed, and is in nobody's way.
  const phone = await place.device();
  await signInAgain(phone, 'anna', code ?? '', 'phone');
  const secret = await phone.account.ownSecret();
  await phone.account.signOut();
  await phone.account.signIn({ handle: 'anna', password: 'password of anna', deviceName: 'phone again' });
  await assert.rejects(phone.account.beginAnew({ password: 'a guess' }), (error) => error instanceof Failure && error.code === 'session.credentials');
  assert.equal((await phone.account.current())?.locked, true);
  await phone.account.beginAnew({ password: 'password of anna' });
  await phone.start();
  await phone.synced();
  assert.equal((await phone.account.current())?.locked, false);
  const fresh = await phone.account.recoveryCode();
  assert(fresh !== null && fresh !== code);
  assert.notDeepEqual(await phone.account.ownSecret(), secret);
  const notes = await phone.conversations.direct(own);
  const note = await say(phone, notes);
  await phone.settled();
  assert.deepEqual((await phone.messages.list(notes)).map(({ id }) => id), [note]);

  // The device that was lost is shut out, and its copy goes.
  await until(anna, async () => (await anna.account.current()) === null);
  // The new code opens what is said from now on; the one before opens nothing.
  const tablet = await place.device();
  await signInAgain(tablet, 'anna', fresh, 'tablet');
  await tablet.start();
  await heard(tablet, note);
  const other = await lockedDevice('anna');
  await assert.rejects(other.account.unlock({ recoveryCode: code ?? '' }), (error) => error instanceof Failure && error.code === 'recovery.wrong');
});

test('[ANEW2] [CLI27] whoever talks with her is warned, and nothing is sealed to the new identity before it is accepted; then what waits goes, on all devices of who accepted', async () => {
  const cora = await place.person('cora');
  const bert = await guest(cora, 'bert');
  const laptop = await place.device();
  await signInToo(laptop, bert, 'laptop');
  await laptop.start();
  const code = (await bert.account.recoveryCode()) ?? '';
  const c = await personId(cora);
  const conversation = await cora.conversations.direct(await personId(bert));
  const old = await say(cora, conversation);
  await heard(bert, old);

  const anew = await begunAnew('cora');
  await bert.synced();
  await until(bert, async () => (await whys(bert, conversation)).join() === 'unknown');
  const waiting = await say(bert, conversation);
  await assert.rejects(bert.settled(), changed);
  assert.deepEqual(await saidAtTheCommandLine(bert, waiting, conversation), { exit: 77, code: 'identity.changed', person: c, kept: true });
  const early = await say(anew, conversation);
  await assert.rejects(anew.settled(), (error) => error instanceof Failure && error.code === 'key.missing');

  const shown = await bert.people.safety(c);
  assert.deepEqual([shown.accepted, shown.compared], [false, false]);
  assert.equal(shown.number, (await anew.people.safety(await personId(bert))).number);
  await assert.rejects(bert.people.accept(c, 'f'.repeat(64)), changed);
  await bert.people.accept(c, shown.identity);
  await heard(anew, waiting);
  await heard(bert, early);
  await heard(laptop, early);
  const answer = await say(laptop, conversation);
  await heard(anew, answer);
  assert.equal((await laptop.people.safety(c)).accepted, true);
  assert.deepEqual((await anew.messages.list(conversation)).map(({ id }) => id).sort(), [waiting, early, answer].sort());

  // What she said before is still hers, also on a device that never knew her other identity.
  const tablet = await place.device();
  await signInAgain(tablet, 'bert', code, 'tablet');
  await tablet.start();
  await heard(tablet, old);
  await heard(tablet, early);
  assert((await tablet.messages.list(conversation)).every(({ failure }) => failure === null));
});

test('[ANEW3] in a group each member decides for herself: a key that another one gave to the new identity is not used', async () => {
  const dora = await place.person('dora');
  const [emil, finn] = [await guest(dora, 'emil'), await guest(dora, 'finn')];
  const group = await dora.conversations.createGroup({ title: 'Trio', members: [await personId(emil), await personId(finn)] });
  await dora.settled();
  for (const one of [emil, finn]) await until(one, async () => (await one.conversations.get(group))?.title === 'Trio');
  const d = await personId(dora);

  const anew = await begunAnew('dora');
  await emil.synced();
  await emil.people.accept(d, (await emil.people.safety(d)).identity);
  await until(anew, async () => (await anew.conversations.get(group))?.title === 'Trio');
  await heard(anew, await say(emil, group));
  const answer = await say(anew, group);
  await heard(emil, answer);

  await finn.synced();
  await until(finn, async () => (await finn.messages.get(answer))?.failure?.code === 'identity.changed');
  const waiting = await say(finn, group);
  await assert.rejects(finn.settled(), changed);
  await finn.people.accept(d, (await finn.people.safety(d)).identity);
  for (const one of [emil, anew]) await heard(one, waiting);
  await heard(finn, answer);
});

test('[ANEW4] [BAD2] a chain that a lying server swaps in looks like one who began anew: it is refused until it is accepted, and when the lie ends everything goes on', async () => {
  const gina = await place.person('gina');
  const server = new BadServer();
  const victim = await guest(gina, 'hugo', { transport: (real) => server.transport(real) });
  const g = await personId(gina);
  const conversation = await victim.conversations.direct(g);
  await heard(gina, await say(victim, conversation));

  const thief = await persona(91);
  assert(thief.genesis.change.kind === 'genesis');
  const { device, recovery, account } = thief.genesis.change;
  const swapped = await genesisEntry(thief.primitives.signatures, thief.device.seeds.signing, { person: g, device, recovery, account, invitation: null });
  server.malice = { chain: (person, entries) => (person === g ? [swapped] : entries) };
  assert.equal((await victim.people.safety(g)).accepted, false);
  assert.deepEqual(await whys(victim, conversation), ['unknown']);
  server.posted.length = 0;
  const waiting = await say(victim, conversation);
  await assert.rejects(victim.settled(), changed);
  assert(!server.posted.some(({ path }) => path.includes(conversation)), 'nothing was sealed while it was shown');

  server.malice = {};
  await heard(gina, waiting);
  const known = await victim.people.safety(g);
  assert.deepEqual([known.accepted, known.number], [true, (await gina.people.safety(await personId(victim))).number]);
  // Who accepted one identity has not accepted the next.
  server.malice = { chain: (person, entries) => (person === g ? [swapped] : entries) };
  await assert.rejects(victim.people.accept(g, known.identity), changed);
});

test('[ANEW3] who was removed from a group and began anew stands in nobody’s way there', async () => {
  const ida = await place.person('ida');
  const [jan, kurt] = [await guest(ida, 'jan'), await guest(ida, 'kurt')];
  const group = await ida.conversations.createGroup({ title: 'Trio', members: [await personId(jan), await personId(kurt)] });
  await ida.settled();
  for (const one of [jan, kurt]) await until(one, async () => (await one.conversations.get(group))?.title === 'Trio');
  const j = await personId(jan);
  await ida.conversations.remove(group, j);
  await ida.settled();
  await begunAnew('jan');
  assert.equal((await ida.people.safety(j)).accepted, false);
  await heard(kurt, await say(ida, group));
});

test('[ANEW2] a device that was away while she began anew twice, and was accepted twice, opens what she said under each identity', async () => {
  const lena = await place.person('lena');
  const max = await guest(lena, 'max');
  const store = memoryStore();
  const laptop = await place.device({ store });
  await signInToo(laptop, max, 'laptop');
  await laptop.start();
  const l = await personId(lena);
  const conversation = await lena.conversations.direct(await personId(max));
  await heard(laptop, await say(lena, conversation));
  await laptop[Symbol.asyncDispose]();

  const said: string[] = [];
  for (let time = 0; time < 2; time += 1) {
    const anew = await begunAnew('lena');
    await max.synced();
    await max.people.accept(l, (await max.people.safety(l)).identity);
    await heard(anew, await say(max, conversation));
    const message = await say(anew, conversation);
    await heard(max, message);
    said.push(message);
  }
  const again = await place.device({ store });
  await again.start();
  for (const message of said) await heard(again, message);
});
