import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Store } from '@earshot/client/store.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { say } from './ada-and-ben.ts';
import { personId, type Town, townOfFile, until } from './town.ts';

const place = await townOfFile();

/** What `earshot invite --for` gives out. */
async function invitationFor({ dir }: Town, handle: string): Promise<string> {
  await using operator = openOperator(join(dir, 'data'));
  const secret = makeId(systemRandom);
  await operator.invite({ secretSha256: await sha256(utf8(await invitationToken(secret))), for: handle });
  return secret;
}

const joining = (handle: string, invitation: string): Parameters<Earshot['account']['join']>[0] => ({ invitation, handle, name: handle, password: `new password of ${handle}`, deviceName: 'again' });

const notes = async (earshot: Earshot): Promise<string> => await earshot.conversations.direct(await personId(earshot));

test('[ACC5] [PEOPLE5] the operator’s invitation for who is signed in lets her in again where she is: what she has stays, and she sets her password', async () => {
  const ada = await place.person('ada');
  const [me, said] = [await personId(ada), await say(ada, await notes(ada), null)];
  await ada.account.join({ ...joining('Ada', await invitationFor(place, 'ada')), password: 'new password of ada' });
  assert.deepEqual([await personId(ada), (await ada.account.current())?.locked], [me, false]);
  assert((await ada.messages.audio(said)).length > 0);
  assert((await ada.messages.audio(await say(ada, await notes(ada), null))).length > 0, 'and she goes on');
  const phone = await place.device();
  await phone.account.signIn({ handle: 'ada', password: 'new password of ada', deviceName: 'phone' });
  assert.equal(await personId(phone), me);

  // On one that is signed in and cannot open anything yet it is as good.
  await phone.account.join({ ...joining('ada', await invitationFor(place, 'ada')), password: 'third password of ada' });
  assert.deepEqual([await personId(phone), (await phone.account.current())?.locked], [me, true]);
  await phone.account.setPassword({ current: 'third password of ada', password: 'password of ada' });
});

test('[ACC5] an invitation that is for nobody by name, or for somebody else, is not spent by who is signed in and says that she is herself; she keeps what she has', async () => {
  const bea = await place.person('bea');
  const said = await say(bea, await notes(bea), null);
  const open = await place.invitation();
  const forAda = await invitationFor(place, 'ada');
  await assert.rejects(bea.account.join(joining('bea', open)), { code: 'handle.taken' });
  await assert.rejects(bea.account.join(joining('bea', forAda)), { code: 'session.credentials' });
  for (const invitation of [open, forAda]) await assert.rejects(bea.account.join(joining('ada', invitation)), { code: 'session.open' });
  assert.equal((await bea.account.me()).handle, 'bea');
  assert((await bea.messages.audio(said)).length > 0);
  const [cleo, ada] = [await place.device(), await place.device()];
  await cleo.account.join(joining('cleo', open));
  await ada.account.join(joining('ada', forAda));
  assert.deepEqual([(await cleo.account.current())?.handle, (await ada.account.current())?.handle], ['cleo', 'ada']);
  await assert.rejects(cleo.account.join({ ...joining('cleo', open), password: 'something else' }), { code: 'invitation.used' });
  await assert.rejects(cleo.account.join(joining('cleo', open)), { code: 'invitation.used' });
  assert.equal((await cleo.account.me()).handle, 'cleo');
});

test('[ACC4] [ACC5] wherever the network goes while she comes in again on a device that has its keys, she is in, and it opens by itself once the network is back', async () => {
  let [answered, cutAt, down] = [0, Infinity, 0];
  const transport = (real: Transport): Transport => ({
    ...real,
    request: async (request) => {
      if (down > 0) {
        down -= 1;
        throw new Failure('network.unreachable');
      }
      const answer = await real.request(request);
      if (request.path === '/v1/join') answered = 0;
      answered += 1;
      // The answer is there, and then nothing is for a while.
      if (answered === cutAt) [down, cutAt] = [3, Infinity];
      return answer;
    },
  });
  const dan = await place.person('dan', { transport });
  const said = await say(dan, await notes(dan), null);
  await dan.settled();
  // Asking whose chain it is, coming into it, and what follows.
  for (const cut of [1, 2, 3]) {
    const invitation = await invitationFor(place, 'dan');
    cutAt = cut;
    await dan.account.join(joining('dan', invitation));
    await until(dan, async () => (await dan.account.current())?.locked === false);
    assert.equal(cutAt, Infinity, `it was cut after answer ${cut}`);
    assert((await dan.messages.audio(said)).length > 0);
    await dan.synced();
    assert((await dan.messages.audio(await say(dan, await notes(dan), null))).length > 0, 'and she goes on');
    await dan.settled();
  }
});

/** A disk that is full for one writing, right after the session was kept. */
function fullOnceIn(store: Store): Store {
  let kept = false;
  let full = false;
  const commit: Store['commit'] = async (changes) => {
    if (kept && !full) {
      full = true;
      throw new Failure('device.storage', { reason: 'full' });
    }
    const done = await store.commit(changes);
    kept ||= changes.some((change) => 'put' in change && change.put === keys.session);
    return done;
  };
  return { ...store, commit };
}

test('[PEOPLE2] a joining that failed once the session was kept is done by the same again, on the same device, with one recovery code', async () => {
  const store = memoryStore();
  const dora = await place.device({ store: fullOnceIn(store) });
  const asDora = joining('dora', await place.invitation());
  await assert.rejects(dora.account.join(asDora), { code: 'device.storage' });
  const code = await dora.account.recoveryCode();
  await dora.account.join(asDora);
  assert.deepEqual([(await dora.account.current())?.locked, (await dora.account.devices()).length, await dora.account.recoveryCode()], [false, 1, code]);
  await dora.start();
  assert((await dora.messages.audio(await say(dora, await notes(dora), null))).length > 0);
  assert.equal(await store.get(keys.joining), undefined);

  // Who does not repeat it is in as well, and when she has kept her code nothing else knows it.
  const disk = memoryStore();
  const emma = await place.device({ store: fullOnceIn(disk) });
  await assert.rejects(emma.account.join(joining('emma', await place.invitation())), { code: 'device.storage' });
  await emma.start();
  assert((await emma.messages.audio(await say(emma, await notes(emma), null))).length > 0);
  await emma.account.recoveryKept();
  assert.deepEqual([await disk.get(keys.joining), await disk.get(keys.recovery)], [undefined, undefined]);
});
