import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { sha256 } from '@earshot/base/hash.ts';
import type { Earshot, Happening, Message } from '@earshot/client/earshot.ts';
import type { Store } from '@earshot/client/store.ts';
import { below } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { happening, personId, reaches, sayAndSync, signInToo, townOfFile, until, whole } from './town.ts';

const DAY = 86_400_000;

/** How far the server's clock is ahead of the devices'. */
let ahead = 0;
let count = 0;

const place = await townOfFile({ clock: { now: () => Date.now() + ahead, sleep: systemClock.sleep } });

interface Pair {
  readonly ada: Earshot;
  readonly adaStore: Store;
  readonly ben: Earshot;
  readonly log: string;
  /** What the server does not let pass of what Ada says, by its class. */
  readonly refuses: Map<string, Failure>;
}

/** Two people of their own, with a conversation. */
async function pair(): Promise<Pair> {
  count += 1;
  const [adaStore, refuses] = [memoryStore(), new Map<string, Failure>()];
  const ada = await place.person(`ada${count}`, {
    store: adaStore,
    transport: (real) => ({
      ...real,
      request: async (request) => {
        for (const [kind, failure] of refuses) if (String(request.body).includes(`"class":"${kind}"`)) throw failure;
        return await real.request(request);
      },
    }),
  });
  const ben = await place.device();
  await ben.account.join({ invitation: (await ada.people.invite()).secret, handle: `ben${count}`, name: 'Ben', password: `password of ben${count}`, deviceName: 'test' });
  await ben.start();
  for (const one of [ben, ada]) await one.synced();
  return { ada, adaStore, ben, refuses, log: await ada.conversations.direct(await personId(ben)) };
}

async function phoneOf(owner: Earshot): Promise<Earshot> {
  const phone = await place.device();
  await signInToo(phone, owner, 'Phone');
  await phone.start();
  await phone.synced();
  return phone;
}

const refusals = (earshot: Earshot): string[] => {
  const codes: string[] = [];
  earshot.on((one) => void (one.type === 'refused' && codes.push(one.code)));
  return codes;
};
const isRefused = (one: Happening): one is Happening & { type: 'refused' } => one.type === 'refused';
const gone = (earshot: Earshot, id: string): Promise<Message> => reaches(earshot, id, ({ removed }) => removed !== null);
const closings: readonly (readonly [what: string, close: (one: Earshot, other: string) => Promise<void>])[] = [
  ['blocked', (one, other) => one.people.block(other, true)],
  ['deleted', async (one) => await one.account.deleteAccount({ handle: (await one.account.current())?.handle ?? '', password: `password of ${(await one.account.current())?.handle ?? ''}` })],
];

for (const [what, close] of closings) {
  test(`[LOG9] [KEEP4] what was taken back is brought back also where the other one has ${what}, and a key is due`, async () => {
    const { ada, adaStore, ben, log } = await pair();
    const [id, back] = [await sayAndSync(ada, log), await sayAndSync(ada, log)];
    for (const one of [id, back]) await whole(ben, one);
    const phone = await phoneOf(ada);
    const lost = (await phone.account.current())?.device ?? '';
    await close(ben, await personId(ada));
    await ada.account.revokeDevice(lost);
    await ada.synced();
    const told = refusals(ada);
    for (const one of [id, back]) await ada.messages.remove(one);
    await ada.settled();
    await ada.messages.restore(back);
    await until(ada, async () => (await adaStore.list(below('o/row'))).length === 0);
    await ada.synced();
    assert.deepEqual(told, []);
    const { sha256: hash } = await whole(ada, back);
    assert.equal(await sha256(await ada.messages.audio(back)), hash);
    assert.deepEqual((await ada.messages.recentlyDeleted()).map((one) => one.id), [id]);
    assert.deepEqual((await ada.recovery.where(back)).find((one) => one.place === 'server')?.state, 'has');
    if (what !== 'blocked') return;
    await gone(ben, id);
    await whole(ben, back);
  });
}

test('[LOG9] [RET6] [REP2] what is heard or kept where somebody was blocked is heard and kept: what expires does, or stays, and her other devices know', async () => {
  const { ada, ben, log } = await pair();
  const [once, kept, plain] = [await sayAndSync(ada, log, { expiry: 0 }), await sayAndSync(ada, log, { expiry: 120 }), await sayAndSync(ada, log)];
  for (const one of [once, kept, plain]) await whole(ben, one);
  const phone = await phoneOf(ben);
  await whole(phone, plain);
  await ben.people.block(await personId(ada), true);
  const told = refusals(ben);
  for (const one of [once, kept, plain]) await ben.messages.heard(one, 1);
  await ben.messages.keep(kept);
  await ben.settled();
  for (const one of [ben, phone]) assert.equal((await gone(one, once)).removed?.rule, 'expired');
  assert.equal((await reaches(phone, plain, ({ heard }) => heard)).heardBy.length, 1, 'what does not expire as well');
  assert.equal((await phone.conversations.get(log))?.unheard, 0);
  for (const one of [once, kept, plain]) await reaches(ada, one, ({ heardBy }) => heardBy.length === 1);
  ahead += DAY;
  for (const one of [ada, ben]) {
    await one.synced();
    assert.equal((await reaches(one, kept, ({ keptFor }) => keptFor !== null)).removed, null);
  }
  assert.deepEqual(told, []);
  const refused = happening(ada, isRefused);
  await ada.conversations.setExpiry(log, 60);
  assert.equal((await refused).code, 'conversation.closed', 'and nothing else is said there');
});

test('[RET6] what expires does after it was heard also where who sent it has deleted the account', async () => {
  const { ada, ben, log } = await pair();
  const id = await sayAndSync(ada, log, { expiry: 120 });
  await whole(ben, id);
  await ada.account.deleteAccount({ handle: (await ada.account.current())?.handle ?? '', password: `password of ada${count}` });
  await ben.synced();
  await ben.messages.heard(id, 1);
  await reaches(ben, id, ({ expires }) => expires !== null);
  ahead += 121_000;
  await ben.synced();
  assert.equal((await gone(ben, id)).removed?.rule, 'expired');
});

test('[KEEP4] what the server does not bring back for another reason than its time rests on, with its sound', async () => {
  const { ada, ben } = await pair();
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(ben)] });
  await ada.settled();
  await until(ben, async () => (await ben.conversations.get(group)) !== null);
  const id = await sayAndSync(ben, group);
  const { sha256: hash } = await whole(ben, id);
  await ben.messages.remove(id);
  await ben.settled();
  await ben.synced();
  await ada.conversations.remove(group, await personId(ben));
  await until(ben, async () => (await ben.conversations.get(group))?.closed === 'removed');
  const refused = happening(ben, isRefused);
  await ben.messages.restore(id);
  await refused;
  const { removed, resting } = await reaches(ben, id, (message) => message.removed !== null);
  assert.deepEqual([removed?.rule, resting?.whose], ['removed', 'everyone']);
  assert.equal(await sha256(await ben.messages.audio(id)), hash);
  assert.deepEqual((await ben.messages.recentlyDeleted()).map((one) => one.id), [id]);
});

test('[SEND6] what the server would not have taken back is there again, and that is said', async () => {
  const { ada, adaStore, ben, log, refuses } = await pair();
  const id = await sayAndSync(ada, log);
  await whole(ben, id);
  refuses.set('remove', new Failure('limit.reached', { limit: 'refersPerEvent' }));
  const refused = happening(ada, isRefused);
  await ada.messages.remove(id);
  assert.equal((await refused).code, 'limit.reached');
  await whole(ada, id);
  assert.deepEqual([await ada.messages.recentlyDeleted(), await adaStore.list(below('o/row'))], [[], []]);
  refuses.clear();
  await ada.messages.remove(id);
  await gone(ben, id);
});

test('[WEB45] [KEEP5] when what is sent expires is as the log says where the server did not take over another', async () => {
  const { ada, ben, log } = await pair();
  const expiry = async (one: Earshot): Promise<number | null | undefined> => (await one.conversations.get(log))?.expiry;
  const inVain = async (seconds: number): Promise<void> => {
    await ben.people.block(await personId(ada), true);
    const refused = happening(ada, isRefused);
    await ada.conversations.setExpiry(log, seconds);
    assert.equal((await refused).code, 'conversation.closed');
    await ben.people.block(await personId(ada), false);
    await ada.synced();
  };
  await sayAndSync(ada, log);
  await inVain(DAY / 1000);
  assert.equal(await expiry(ada), null);
  assert.equal((await ada.messages.get(await sayAndSync(ada, log)))?.expiry, null);
  await ada.conversations.setExpiry(log, 600);
  await ada.settled();
  await until(ben, async () => (await expiry(ben)) === 600);
  await ada.synced();
  await inVain(60);
  assert.equal(await expiry(ada), 600);
  assert.deepEqual((await ada.messages.get(await sayAndSync(ada, log)))?.expiry, { seconds: 600 });
});
