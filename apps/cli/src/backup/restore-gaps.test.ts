import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { chunkName } from '@earshot/backup/manifest.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { folderVault } from '@earshot/backup/vaults/folder.node.ts';
import { call, noise, World } from '@earshot/server/testing/world.ts';
import { earshotIn, folderFor, type Said, serverFor } from '../testing/doctor.ts';

const LENGTH = 1_000_000;

test('[BAK16] a server comes back from a backup of which a part broke: what is whole is served, also behind the harm, and devices give back the rest', async (t) => {
  const folder = await folderFor(t);
  const [data, vault, key, back] = [join(folder, 'data'), join(folder, 'vault'), join(folder, 'earshot.key'), join(folder, 'back')];
  const earshot = (...args: string[]): Promise<Said> => earshotIn(folder, args);
  const server = await serverFor(t, data);
  const alice = await new World(server, data).join('alice');
  const log = await alice.direct(alice.person);
  const blobs: string[] = [];
  // Thirteen messages in four stretches of one segment.
  for (let count = 0; count < 13; count += 1) {
    const blob = await alice.upload(noise(LENGTH));
    await alice.post(alice.envelope(log, { blobs: [blob] }));
    blobs.push(blob.id);
  }
  await server.close();
  assert.equal((await earshot('backup', '--server', '--data', data, '--to', vault, '--key', key)).exit, 0);
  const repository = await Repository.open(folderVault(vault));
  const segment = (await repository.newest())?.manifest.files.find(({ path }) => path === 'blobs/000001.seg');
  assert.equal(segment?.chunks.length, 4);
  const broken = chunkName(segment.chunks[1]?.sealed ?? '');
  await truncate(join(vault, broken), 1_000);

  const restored = await earshot('restore', '--server', '--from', vault, '--key', key, '--data', back);
  const [gap, end] = restored.lines;
  assert.deepEqual([restored.exit, gap], [65, { harmed: 'blobs/000001.seg', from: 4_194_304, bytes: 4_194_304, broken, code: 'backup.damaged' }], restored.err);
  assert.deepEqual([end?.['restored'], end?.['gaps']], [(await repository.snapshotNames())[0], 1]);

  const repaired = await earshot('check', '--repair', '--data', back);
  const found = repaired.lines.flatMap((line) => ('finding' in line ? [line as { finding: string; repaired: boolean; evidence: { blob?: string } }] : []));
  assert.ok(found.some(({ finding }) => finding === 'segment.damaged') && found.every((one) => one.repaired), JSON.stringify(found));
  // The second stretch begins within the fifth message and ends within the ninth. Where the pieces of one end depends on how it travelled.
  const lost = found.filter(({ finding }) => finding === 'blob.damaged' || finding === 'blob.missing').map(({ evidence }) => String(evidence.blob));
  assert.deepEqual(new Set(lost), new Set(blobs.slice(4, 9)));
  assert.equal(repaired.exit, 0);

  const again = await serverFor(t, back);
  const base = `http://127.0.0.1:${String(again.port)}`;
  const get = async (id: string): Promise<number> => (await call(base, alice.token, 'GET', `/v1/blobs/${id}`)).status;
  const statuses = async (): Promise<number[]> => await Promise.all(blobs.map(get));
  assert.deepEqual(await statuses(), blobs.map((_, at) => (at >= 4 && at <= 8 ? 404 : 200)));
  for (const id of blobs.slice(4, 9)) assert.equal((await call(base, alice.token, 'PUT', `/v1/blobs/${id}`, noise(LENGTH), { 'content-type': 'application/octet-stream' })).status, 204);
  assert.deepEqual(await statuses(), blobs.map(() => 200));
});
