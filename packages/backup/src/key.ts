import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { Failure } from '@earshot/protocol/failures.ts';

/**
 * What seals backups: a pair of the age format (age-encryption.org), so that a backup can be opened with standard tools and without
 * Earshot. The server needs only the public half: whoever takes the server cannot read its backups.
 */
export interface BackupKey {
  /** `AGE-SECRET-KEY-1...`: opens every backup, and is kept away from the server. */
  readonly secret: string;
  /** `age1...` */
  readonly recipient: string;
}

export async function makeBackupKey(): Promise<BackupKey> {
  const secret = await generateIdentity();
  return { secret, recipient: await identityToRecipient(secret) };
}

/** Reads a key out of a file as `age-keygen` writes it: lines with `#` are remarks. Fails with `backup.key`. */
export async function readBackupKey(text: string): Promise<BackupKey> {
  const secret = text.split('\n').map((line) => line.trim()).find((line) => line.startsWith('AGE-SECRET-KEY-1'));
  if (secret === undefined) throw new Failure('backup.key', { reason: 'format' });
  try {
    return { secret, recipient: await identityToRecipient(secret) };
  } catch (error) {
    throw new Failure('backup.key', { reason: 'format' }, { cause: error });
  }
}

export async function seal(recipient: string, plain: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return await encrypter.encrypt(plain);
}

/** Fails with `backup.key` when the key is another one, with `backup.damaged` when the bytes are not what was sealed. */
export async function open(secret: string, sealed: Uint8Array, name: string): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(secret);
  try {
    return await decrypter.decrypt(sealed);
  } catch (error) {
    throw new Failure(/no identity matched/i.test(String(error)) ? 'backup.key' : 'backup.damaged', { name, reason: String(error) }, { cause: error });
  }
}
