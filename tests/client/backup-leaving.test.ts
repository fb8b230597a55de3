import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBackupKey } from '@earshot/backup/key.ts';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { backUpHere } from '../../apps/web/src/recovering/backing-up.ts';
import { personId, signInAgain, town } from './town.ts';

test('[ACC1] [OWN19] a backup that ends after its person signed out leaves neither her place nor her key for whoever comes next', async () => {
  await using place = await town();
  const store = memoryStore();
  const device = await place.person('anna', { store });
  const bert = await place.person('bert');
  const [anna, key] = [await personId(device), await makeBackupKey()];
  const code = (await device.account.recoveryCode()) ?? '';
  const vault = new MemoryVault();
  const put = vault.put.bind(vault);
  const known: unknown[] = [];
  // The list of the backup is the last that is written: all of it is made, and only then she is gone.
  vault.put = async (name, bytes) => {
    await put(name, bytes);
    if (!name.startsWith('snapshots/')) return;
    known.push(...(await device.recovery.backups()));
    await device.account.signOut();
    await device.account.join({ invitation: (await bert.people.invite()).secret, handle: 'cleo', name: 'Cleo', password: 'a long password', deviceName: 'shared' });
  };
  const ports = { recovery: device.recovery, clock: systemClock, random: systemRandom, person: anna };
  await assert.rejects(backUpHere(ports, { name: 'her disk', vault }, key, () => undefined), { code: 'session.missing' });
  assert.deepEqual(known, [{ place: 'her disk', verified: null, key: key.secret }]);
  const left = JSON.stringify(await store.list({ from: '', to: '\uffff' }));
  assert.deepEqual([await device.recovery.backups(), left.includes('her disk'), left.includes(key.secret)], [[], false, false]);
  await device.account.signOut();
  await assert.rejects(device.recovery.remember(anna, { place: 'her disk', verified: 1, key: null }), { code: 'session.missing' });
  await signInAgain(device, 'anna', code, 'back');
  await device.recovery.remember(anna, { place: 'her disk', verified: 1, key: null });
  assert.equal((await device.recovery.backups()).length, 1);
});
