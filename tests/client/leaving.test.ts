import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Id } from '@earshot/base/ids.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import type { Store } from '@earshot/client/store.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { say } from './ada-and-ben.ts';
import { personId, signInToo, town, until } from './town.ts';

/** A page that is closed as soon as it has kept how its session stands: nothing that it writes after that is written. */
function closedOnceKept(store: Store): { store: Store; kept: Promise<void>; forget: () => void } {
  const { promise: kept, resolve } = Promise.withResolvers<void>();
  const forgotten = Promise.withResolvers<void>();
  let closed = false;
  const commit: Store['commit'] = async (changes) => {
    if (closed) await forgotten.promise;
    if (closed) throw new Failure('device.storage', { reason: 'closed' });
    const done = await store.commit(changes);
    closed = changes.some((change) => 'put' in change && change.put === keys.session && (change.value as { ended: unknown }).ended !== null);
    if (closed) resolve();
    return done;
  };
  return { store: { ...store, commit }, kept, forget: forgotten.resolve };
}

for (const how of ['signs out', 'is revoked'] as const) {
  test(`[ACC1] [ADMIT2] a device that ${how}, and whose page is closed before all of it is destroyed, destroys it at its next start`, async () => {
    await using place = await town();
    const disk = memoryStore();
    const page = closedOnceKept(disk);
    const locks = memoryLocks();
    const ada = await place.device({ store: page.store, locks });
    await ada.account.join({ invitation: await place.invitation(), handle: 'ada', name: 'Ada', password: 'password of ada', deviceName: 'shared' });
    await ada.start();
    await say(ada, await ada.conversations.direct(await personId(ada)), null);
    // What is in the log and in the outbox still would be kept for her.
    await until(ada, async () => (await disk.list({ from: 'o/row/', to: 'o/row0' })).length === 0);
    const row = (await disk.get(keys.session)) as { device: Id };
    if (how === 'is revoked') {
      const phone = await place.device();
      await signInToo(phone, ada, 'phone');
      await phone.account.revokeDevice(row.device);
    } else ada.account.signOut().catch(() => undefined);
    await page.kept;

    const next = await place.device({ store: disk, locks: memoryLocks() });
    assert.equal(await next.account.current(), null);
    assert.equal(await next.account.ended(), how === 'signs out' ? null : 'session.revoked');
    assert.equal((await disk.list({ from: 'k/', to: 'k0' })).length > 0, true);
    await next.start();
    const leftovers = async (): Promise<string[]> => (await Promise.all(['k', 'r', 'b'].map((folder) => disk.list({ from: `${folder}/`, to: `${folder}0` })))).flat().map(([key]) => key);
    for (let look = 0; (await leftovers()).length > 0 && look < 500; look += 1) await new Promise((resolve) => void setTimeout(resolve, 20));
    assert.deepEqual(await leftovers(), []);
    assert.equal(((await disk.get(keys.session)) as { ended?: string } | undefined)?.ended, how === 'signs out' ? undefined : 'session.revoked');
    page.forget();
  });
}

test('[ACC4] who signs out is not told meanwhile that her session has ended, although the server says so before all is destroyed', async () => {
  await using place = await town();
  const disk = memoryStore();
  const heard = Promise.withResolvers<void>();
  const commit: Store['commit'] = async (changes) => {
    if (changes.some((change) => 'put' in change && change.put === keys.session && (change.value as { going?: true }).going)) await heard.promise;
    return await disk.commit(changes);
  };
  const ada = await place.device({ store: { ...disk, commit } });
  await ada.account.join({ invitation: await place.invitation(), handle: 'ada', name: 'Ada', password: 'password of ada', deviceName: 'shared' });
  await ada.start();
  await until(ada, async () => ada.connection.state === 'live');
  const told: unknown[] = [];
  ada.on(({ type }) => {
    if (type !== 'account') return;
    void ada.account.ended().then((code) => {
      told.push(code);
      heard.resolve();
    });
  });
  await ada.account.signOut();
  assert.deepEqual([...new Set(told)], [null]);
});

test('[ACC5] nobody takes the place of who is signed in: joining or signing in as somebody else is refused before anything is spent or destroyed, until her session is over', async () => {
  await using place = await town();
  const disk = memoryStore();
  const ada = await place.person('ada', { store: disk });
  const ben = await place.person('ben');
  const said = await say(ada, await ada.conversations.direct(await personId(ada)), null);
  const { secret: invitation } = await ben.people.invite();
  const recoveryCode = (await ben.account.recoveryCode()) ?? '';
  const asCleo = { invitation, handle: 'cleo', name: 'Cleo', password: 'password of cleo', deviceName: 'shared' };
  const others = [
    () => ada.account.join(asCleo),
    () => ada.account.signIn({ handle: 'ben', password: 'password of ben', deviceName: 'shared' }),
    () => ada.account.recover({ handle: 'ben', recoveryCode, deviceName: 'shared' }),
    () => ada.account.passkeySignIn({ challenge: 'of a passkey', response: {}, deviceName: 'shared' }),
  ];
  for (const come of others) await assert.rejects(come(), { code: 'session.open' });
  assert.equal((await ada.account.me()).handle, 'ada');
  assert((await ada.messages.audio(said)).length > 0);
  assert.deepEqual([(await ben.people.invitations()).map(({ used }) => used), (await ben.account.devices()).length], [[null], 1]);

  await ada.account.signIn({ handle: 'Ada', password: 'password of ada', deviceName: 'again' });
  assert.deepEqual([(await ada.account.current())?.locked, (await ada.messages.audio(said)).length > 0], [false, true], 'she herself may come again');

  await using operator = openOperator(join(place.dir, 'data'));
  await operator.disable('ada', true);
  await until(ada, async () => (await ada.account.current()) === null);
  await ada.account.join(asCleo);
  assert.equal((await ada.account.current())?.handle, 'cleo');
});
