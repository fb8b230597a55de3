import { memoryStore } from './memory.ts';
import { storeContract } from './store.contract.ts';

storeContract('memory store', async () => {
  const store = memoryStore();
  // There is nothing behind it: closing forgets nothing and opening again finds the same.
  return { one: store, other: store, reopen: async () => store };
});
