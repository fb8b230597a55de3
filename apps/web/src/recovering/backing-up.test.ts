import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackupKey, makeBackupKey } from '@earshot/backup/key.ts';
import { MemorySource } from '@earshot/backup/source.ts';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { systemClock } from '@earshot/base/clock.ts';
import type { KnownBackup, RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { backUpHere, openBackup } from './backing-up.ts';

test('[BAK5] one backup of a person that is damaged hides no other one; the next ones are made and noted, and none is forgotten', async () => {
  const random = seededRandom(5);
  const key = await makeBackupKey();
  const vault = new MemoryVault();
  const noted: KnownBackup[] = [];
  const copy = Object.assign(new MemorySource(), { person: 'ada', damaged: new Map(), missing: 0 });
  const recovery = { gather: async () => undefined, copy: async () => copy, backups: async () => noted.slice(-1), remember: async (_: string, backup: KnownBackup) => void noted.push(backup) } as unknown as RecoveryFace;
  let now = 1_800_000_000_000;
  const clock = { ...systemClock, now: () => (now += 60_000) };
  const back = async (text: string) => {
    copy.contents.set('person.json', new TextEncoder().encode(text));
    copy.changed += 1;
    await backUpHere({ recovery, clock, random, person: 'ada' }, { name: 'disk', vault }, key, () => undefined);
    return noted.at(-1)?.lacking;
  };
  const read = async (): Promise<string> => new TextDecoder().decode(await (await openBackup(vault, key.secret, [])).read('person.json'));
  assert.equal(await back('first'), undefined);
  await back('second');
  const lists = (): string[] => [...vault.held.keys()].filter((name) => name.startsWith('snapshots/')).sort();
  const rot = (at: number): unknown => vault.held.get(lists()[at] ?? '')?.fill(0, 0, 20);
  assert.equal(await read(), 'second');
  rot(1);
  assert.equal(await read(), 'first');
  assert.deepEqual(await back('third'), { damaged: 0, missing: 0, crowded: true });
  assert.deepEqual([new Set(noted.flatMap(({ unseen }) => unseen ?? [])).size, lists().length, await read()], [3, 3, 'third']);
  for (const at of [0, 1, 2]) rot(at);
  await assert.rejects(read(), (error) => error instanceof Failure && error.code === 'backup.damaged');
});

test('[OWN19] two folders of one name: neither key is given up for the other, and what one key does not open is said to be another’s', async () => {
  const [first, second] = [await makeBackupKey(), await makeBackupKey()];
  const known = new Map<string, KnownBackup>();
  const copy = Object.assign(new MemorySource(), { person: 'ada', damaged: new Map(), missing: 0 });
  copy.contents.set('person.json', new TextEncoder().encode('ada'));
  const recovery = { gather: async () => undefined, copy: async () => copy, backups: async () => [...known.values()], remember: async (_: string, backup: KnownBackup) => void known.set(backup.place, backup) } as unknown as RecoveryFace;
  const vaults = [new MemoryVault(), new MemoryVault()] as const;
  const back = async (vault: MemoryVault, key: BackupKey): Promise<void> => await backUpHere({ recovery, clock: systemClock, random: seededRandom(6), person: 'ada' }, { name: 'Earshot', vault }, key, () => undefined);
  for (let round = 0; round < 3; round += 1) {
    await back(vaults[0], first);
    await back(vaults[1], second);
  }
  for (const vault of vaults) assert.ok(await openBackup(vault, '', [...known.values()]), 'opens with a key that this device has');
  assert.ok(known.size <= 3);
  await assert.rejects(openBackup(vaults[0], second.secret, []), { code: 'backup.key' });
});
