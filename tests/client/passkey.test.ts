import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Authenticator } from '@earshot/server/testing/authenticator.ts';
import { details, packets, personId, signInAgain, town, type Town, until } from './town.ts';

const challengeIn = (options: Record<string, unknown>): string => String(options['challenge']);

async function add(earshot: Earshot, key: Authenticator, secret: Uint8Array<ArrayBuffer> | null): Promise<void> {
  const { challenge, options } = await earshot.account.passkeyOptions();
  await earshot.account.addPasskey({ challenge, response: { ...key.create(challengeIn(options)) }, name: 'key', secret });
}

async function signInWith(place: Town, key: Authenticator, secret: Uint8Array<ArrayBuffer> | null): Promise<Earshot> {
  const device = await place.device();
  const { challenge, options } = await device.account.passkeySignInOptions();
  await device.account.passkeySignIn({ challenge, response: { ...key.get(challengeIn(options)) }, deviceName: 'new', secret });
  return device;
}

const locked = async (earshot: Earshot): Promise<boolean | undefined> => (await earshot.account.current())?.locked;

test('[PRF1] a passkey with a secret lets a new device in, history included; another secret, none, and a removed passkey do not; a new code leaves it as it is', async () => {
  await using place = await town({ origin: 'http://localhost:1' });
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await bert.conversations.direct(await personId(anna));
  const take = await bert.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(20));
  const message = await take.send(details(20));
  await until(anna, async () => (await anna.messages.get(message))?.here === true);

  const [key, plain] = [new Authenticator('http://localhost:1'), new Authenticator('http://localhost:1')];
  const secret = systemRandom.bytes(32);
  await add(anna, key, secret);
  await add(anna, plain, null);
  const passkeys = (await anna.account.me()).passkeys.map(({ recovery }) => recovery !== null);
  assert.deepEqual(passkeys, [true, false]);
  await anna.account.renewRecovery();
  const code = (await anna.account.recoveryCode()) ?? '';

  const phone = await signInWith(place, key, secret);
  assert.equal(await locked(phone), false);
  await phone.start();
  await until(phone, async () => (await phone.messages.get(message))?.here === true);
  await bert.synced();
  const whys = async (): Promise<string[]> => (await bert.conversations.changes(conversation)).flatMap(({ change }) => (change.what === 'keys' ? [change.why] : []));
  await until(bert, async () => (await whys()).includes('recovered'));

  for (const [one, with_] of [[key, systemRandom.bytes(32)], [plain, null], [key, null]] as const) assert.equal(await locked(await signInWith(place, one, with_)), true);

  await anna.account.removePasskey(key.id);
  assert.equal((await anna.account.me()).passkeys.length, 1);
  assert.equal(await locked(await signInWith(place, plain, secret)), true, 'its secret opens nothing any more');
  const tablet = await place.device();
  await signInAgain(tablet, 'anna', code, 'tablet');
  assert.equal(await locked(tablet), false);
});
