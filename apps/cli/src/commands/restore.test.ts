import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshotIn, folderFor, serverFor } from '../testing/doctor.ts';

test('[CLI11] [BAK7] a server cannot be restored onto a file, below one or without room: each is named, and with room the last goes on', async (t) => {
  const folder = await folderFor(t);
  const [data, vault, key, back, file] = [join(folder, 'data'), join(folder, 'vault'), join(folder, 'earshot.key'), join(folder, 'back'), join(folder, 'file')];
  await (await serverFor(t, data)).close();
  assert.equal((await earshotIn(folder, ['backup', '--server', '--data', data, '--to', vault, '--key', key])).exit, 0);
  await writeFile(file, 'mine');
  const restore = async (into: string): Promise<readonly [number, string | undefined]> => {
    const { exit, lines } = await earshotIn(folder, ['restore', '--server', '--from', vault, '--key', key, '--data', into]);
    return [exit, (lines.at(-1)?.['error'] as { code: string } | undefined)?.code];
  };
  assert.deepEqual(await restore(file), [73, 'restore.occupied']);
  assert.deepEqual(await restore(join(file, 'below')), [73, 'file.unwritable']);
  const real = fs.rename;
  Object.assign(fs, { rename: () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })) });
  syncBuiltinESMExports();
  try {
    assert.deepEqual(await restore(back), [74, 'device.storage']);
  } finally {
    Object.assign(fs, { rename: real });
    syncBuiltinESMExports();
  }
  assert.deepEqual(await restore(back), [0, undefined]);
  assert.ok((await readdir(back)).includes('earshot.db'));
});
