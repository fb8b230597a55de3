import { locksContract } from '@earshot/client/locks/locks.contract.ts';
import { storeContract } from '@earshot/client/stores/store.contract.ts';
import { DeviceDisk } from './device-disk.ts';
import { DeviceLocks } from './device-locks.ts';
import { Life } from './life.ts';

storeContract('simulated disk', async () => {
  const disk = new DeviceDisk();
  return { one: disk.open(), other: disk.open(), reopen: async () => disk.open() };
});

locksContract('simulated locks', async () => {
  const locks = new DeviceLocks();
  return { one: locks.of(new Life()), other: locks.of(new Life()) };
});
