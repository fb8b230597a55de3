import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
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
  const { opened } = await device.account.passkeySignIn({ challenge, response: { ...key.get(challengeIn(options)) }, deviceName: 'new', secret });
  assert.equal(opened, (await locked(device)) === false);
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

test('[PRF1] what a passkey opens stands in the signed chain: a server that misnames the key of the one that goes does not save it, and one that names a key that is none is not believed', async () => {
  await using place = await town({ origin: 'http://localhost:1' });
  const anna = await place.person('anna');
  const [one, two] = [new Authenticator('http://localhost:1'), new Authenticator('http://localhost:1')];
  const [secret, other] = [systemRandom.bytes(32), systemRandom.bytes(32)];
  await add(anna, one, secret);
  await add(anna, two, other);
  using database = new DatabaseSync(join(place.dir, 'data', 'earshot.db'));
  database.prepare('UPDATE passkey SET recovery = (SELECT recovery FROM passkey WHERE id = ?) WHERE id = ?').run(two.id, one.id);

  const device = await place.device();
  await device.account.signIn({ handle: 'anna', password: 'password of anna', deviceName: 'locked' });
  await assert.rejects(device.account.removePasskey(one.id), (error) => error instanceof Failure && error.code === 'device.locked');
  assert.equal((await anna.account.me()).passkeys.length, 2);

  await anna.account.removePasskey(one.id);
  assert.equal(await locked(await signInWith(place, two, secret)), true, 'its key is gone');
  assert.equal(await locked(await signInWith(place, two, other)), false, 'the other one stays');
  assert.notEqual((await anna.account.me()).passkeys[0]?.recovery, null);
  database.prepare('UPDATE passkey SET recovery = ?').run(makeId(systemRandom));
  assert.equal((await anna.account.me()).passkeys[0]?.recovery, null);
});
