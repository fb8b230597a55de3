import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBackupKey } from '@earshot/backup/key.ts';
import { MemorySource } from '@earshot/backup/source.ts';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { systemClock } from '@earshot/base/clock.ts';
import type { RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { backUpHere, openBackup } from './backing-up.ts';

test('[BAK5] one backup of a person that is damaged hides no other one; the next ones are made and noted, and none is forgotten', async () => {
  const random = seededRandom(5);
  const key = await makeBackupKey();
  const vault = new MemoryVault();
  const noted: string[] = [];
  const copy = Object.assign(new MemorySource(), { damaged: new Map(), missing: 0 });
  const recovery = { gather: async () => undefined, copy: async () => copy, backups: async () => [], remember: async ({ place }: { readonly place: string }) => void noted.push(place) } as unknown as RecoveryFace;
  let now = 1_800_000_000_000;
  const clock = { ...systemClock, now: () => (now += 60_000) };
  const back = async (text: string) => {
    copy.contents.set('person.json', new TextEncoder().encode(text));
    copy.changed += 1;
    return await backUpHere({ recovery, clock, random }, { name: 'disk', vault }, key, () => undefined);
  };
  const read = async (): Promise<string> => new TextDecoder().decode(await (await openBackup(vault, key.secret, [])).read('person.json'));
  assert.equal((await back('first')).crowded, false);
  await back('second');
  const lists = (): string[] => [...vault.held.keys()].filter((name) => name.startsWith('snapshots/')).sort();
  const rot = (at: number): unknown => vault.held.get(lists()[at] ?? '')?.fill(0, 0, 20);
  assert.equal(await read(), 'second');
  rot(1);
  assert.equal(await read(), 'first');
  assert.equal((await back('third')).crowded, true);
  assert.deepEqual([noted.length, lists().length, await read()], [3, 3, 'third']);
  for (const at of [0, 1, 2]) rot(at);
  await assert.rejects(read(), (error) => error instanceof Failure && error.code === 'backup.damaged');
});
