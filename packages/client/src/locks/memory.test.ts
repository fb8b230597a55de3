import { locksContract } from './locks.contract.ts';
import { memoryLocks } from './memory.ts';

locksContract('memory locks', async () => {
  const locks = memoryLocks();
  return { one: locks, other: locks };
});
