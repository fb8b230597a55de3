import { randomBytes } from 'node:crypto';
import { type Prekey, prekeyBytes } from '@earshot/protocol/keys.ts';
import type { TestDevice } from './keys.ts';

/** As the device would make it; the key itself is noise, because the server seals nothing. */
export function prekeyOf({ id, keys }: TestDevice, number: number): Prekey {
  const unsigned = { device: id, number, key: randomBytes(1_216).toString('base64url') };
  return { ...unsigned, signature: keys.sign(prekeyBytes(unsigned)) };
}
