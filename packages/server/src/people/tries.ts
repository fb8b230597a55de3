import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Ports } from '../ports.ts';

/** A try to sign in under this handle, and from this address; answers how it is forgiven. Fails with `limit.tries`. */
export async function countTries({ store, limits, clock }: Ports, handle: string, address: string): Promise<() => Promise<void>> {
  const byHandle = `handle:${await sha256(utf8(handle))}`;
  const byAddress = `address:${address}`;
  const refused = await store.tries.count([{ key: byHandle, allowed: limits.triesPerHandle }, { key: byAddress, allowed: limits.triesPerAddress }], clock.now(), limits.tryWindow);
  if (refused) throw new Failure('limit.tries', { until: refused.until });
  return () => store.tries.forgive([byHandle], [byAddress]);
}
