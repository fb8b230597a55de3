import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Vault } from './vault.ts';

/** A vault, and a `put` into it that ends half way. */
export interface Breaking {
  readonly vault: Vault;
  readonly putHalf: (name: string, bytes: Uint8Array) => Promise<unknown>;
}

/** What every adapter of the port keeps. `gone` opens a place that is not there, `breaking` one where writing fails; null where that cannot be. */
export function vaultContract(adapter: string, open: () => Promise<Vault>, gone: (() => Promise<Vault>) | null, breaking: (() => Promise<Breaking>) | null): void {
  test(`[BAK1] ${adapter}: what was put comes back, is listed with its size, is replaced as a whole, and goes`, async () => {
    const vault = await open();
    const listed = async (): Promise<unknown> => (await vault.list('chunks')).map(({ name, bytes }) => ({ name, bytes }));
    assert.deepEqual(await listed(), []);
    const large = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251);
    await vault.put('chunks/ab/one.age', large);
    await vault.put('chunks/aa/two.age', Uint8Array.of(1, 2, 3));
    await vault.put('other.json', Uint8Array.of(123));
    assert.deepEqual(await vault.get('chunks/ab/one.age'), large);
    assert.deepEqual(await listed(), [{ name: 'chunks/aa/two.age', bytes: 3 }, { name: 'chunks/ab/one.age', bytes: 300_000 }]);
    await vault.put('chunks/ab/one.age', Uint8Array.of(9));
    assert.deepEqual(await vault.get('chunks/ab/one.age'), Uint8Array.of(9));
    await vault.drop('chunks/ab/one.age');
    await vault.drop('chunks/ab/one.age');
    assert.deepEqual(await listed(), [{ name: 'chunks/aa/two.age', bytes: 3 }]);
  });

  test(`[BAK1] ${adapter}: what is not there is said to be missing`, async () => {
    const vault = await open();
    await assert.rejects(vault.get('chunks/none.age'), (error) => error instanceof Failure && error.code === 'backup.missing');
  });

  if (breaking !== null) {
    test(`[BAK1] ${adapter}: a put that fails half way leaves what was there before`, async () => {
      const { vault, putHalf } = await breaking();
      const [name, before] = ['chunks/ab/one.age', Uint8Array.from({ length: 5_000 }, (_, at) => (at * 7) % 251)];
      await vault.put(name, before);
      const { code } = await putHalf(name, new Uint8Array(6_000)).then(() => assert.fail('it was put'), (error: unknown) => error as Failure);
      assert.equal(code, 'backup.target');
      assert.deepEqual(await vault.get(name), before);
      await vault.put(name, Uint8Array.of(9));
      assert.deepEqual(await vault.get(name), Uint8Array.of(9));
      // Nor does the first of its name stand for something.
      await assert.rejects(putHalf('chunks/ab/two.age', new Uint8Array(6_000)));
      await assert.rejects(vault.get('chunks/ab/two.age'), (error) => error instanceof Failure && error.code === 'backup.missing');
    });
  }

  if (gone === null) return;
  test(`[BAK1] ${adapter}: a place that is not there takes nothing, and never seems to be an empty one`, async () => {
    const vault = await gone();
    const verbs: readonly (() => Promise<unknown>)[] = [() => vault.put('earshot-backup.json', Uint8Array.of(123)), () => vault.put('chunks/ab/one.age', Uint8Array.of(1)), () => vault.get('earshot-backup.json'), () => vault.list('chunks'), () => vault.drop('chunks/ab/one.age')];
    for (const verb of verbs) {
      const answer = await verb().then(() => 'done', (error: unknown) => (error instanceof Failure ? [error.code, typeof error.evidence['reason']] : error));
      assert.deepEqual(answer, ['backup.target', 'string'], String(verb));
    }
  });
}
