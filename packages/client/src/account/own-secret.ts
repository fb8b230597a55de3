import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { openToAccount, sealToAccount } from '../keys/account-key.ts';
import { accountOf } from '../keys/chain.ts';
import { SECRET_BYTES } from '../keys/symmetric.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { EnteringPorts } from './entering.ts';
import type { SessionRow } from './session.ts';

/**
 * A secret of a person on one device, for what she keeps there outside of the store: recordings. It goes with her keys when she signs out. Sealed to her
 * account key it stays, from its first moment on, and is hers again when she is back; so nothing has to be sealed when she goes.
 */
type Bytes = Uint8Array<ArrayBuffer>;
type Ports = Pick<EnteringPorts, 'store' | 'primitives' | 'session' | 'accountKeys'> & { readonly chains: Pick<EnteringPorts['chains'], 'reaching'> };

const LABEL = 'own secret';

/** Made when there is none. Rejects with `device.locked`, and with `key.missing` or a network code while the one that there is cannot be opened. */
export async function ownSecret(ports: Ports): Promise<Bytes> {
  const { store, primitives, session, chains } = ports;
  const row = await session.unlocked();
  for (;;) {
    const known = (await heldSecret(store)) ?? (await sealedSecret(ports, row.person));
    if (known !== null) return known;
    const secret = primitives.random.bytes(SECRET_BYTES);
    const account = accountOf(await chains.reaching(row.person, 1));
    const sealed = { put: keys.sealedSecret(row.person, account.generation), value: await sealToAccount(primitives, row.person, account, LABEL, secret) };
    if (await store.commit([{ expect: keys.ownSecret, value: undefined }, { put: keys.ownSecret, value: secret }, sealed])) return secret;
  }
}

async function heldSecret(store: Store): Promise<Bytes | null> {
  return ((await store.get(keys.ownSecret)) as Bytes | undefined) ?? null;
}

async function sealedSecret({ store, primitives, session, accountKeys }: Ports, person: Id): Promise<Bytes | null> {
  const [sealed] = await store.list(below(`own/${person}`));
  if (sealed === undefined) return null;
  const generation = Number(sealed[0].split('/')[2]);
  const seed = await accountKeys.seed(generation, await session.unlocked());
  const secret = seed === null ? null : await openToAccount(primitives, person, generation, seed, LABEL, sealed[1] as Bytes);
  if (secret === null) throw new Failure('key.missing', { reason: 'own secret', generation });
  await store.commit([{ put: keys.ownSecret, value: secret }]);
  return secret;
}

/** Who begins anew cannot open the one that there is, nor what lies under it: that stays as it is, and another one is made. */
export async function secretAside(store: Store, { person, device }: SessionRow): Promise<Change[]> {
  const sealed = await store.list(below(`own/${person}`));
  return sealed.flatMap(([key, value]): Change[] => [{ drop: key }, { put: keys.formerSecret(person, device, Number(key.split('/')[2])), value }]);
}
