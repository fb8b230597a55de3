import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Passwords } from './passwords.ts';

const COST = 2 ** 15;
const BLOCK = 8;
const MEMORY = 64 * 1024 * 1024; // scrypt with these numbers takes 32 MiB
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Two of them leave half of the default thread pool to the disk. */
const AT_ONCE = 2;
/** At about 80 ms each, whoever stands behind this many would wait seconds. */
const WAITING = 64;

/** scrypt, in the form `scrypt:N:r:p:salt:key` so that the numbers can grow later. */
export class ScryptPasswords implements Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const key = await this.#derive(password, salt);
    return `scrypt:${COST}:${BLOCK}:1:${salt.toString('base64url')}:${key.toString('base64url')}`;
  }

  async verify(password: string, stored: string | null): Promise<boolean> {
    const [, cost, block, parallel, salt, key] = stored?.split(':') ?? [];
    if (salt === undefined || key === undefined) {
      await this.#derive(password, Buffer.alloc(SALT_BYTES));
      return false;
    }
    const expected = Buffer.from(key, 'base64url');
    const derived = await this.#derive(password, Buffer.from(salt, 'base64url'), Number(cost), Number(block), Number(parallel));
    return expected.length === derived.length && timingSafeEqual(expected, derived);
  }

  async #derive(password: string, salt: Buffer, cost = COST, block = BLOCK, parallel = 1): Promise<Buffer> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING) throw new Failure('server.busy', {});
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        const options = { N: cost, r: block, p: parallel, maxmem: MEMORY };
        scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
      });
    } finally {
      // The place is handed on, not given back, so nobody can slip in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
