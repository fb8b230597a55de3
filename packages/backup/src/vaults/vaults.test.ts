import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { handleOf } from '../testing/directory-handle.node.ts';
import { syncsIn } from '../testing/syncs.node.ts';
import { startS3 } from '../testing/s3-server.node.ts';
import { vaultContract } from '../vault.contract.ts';
import { MemoryVault } from '../vault.ts';
import { handleVault } from './folder.browser.ts';
import { folderVault } from './folder.node.ts';
import { fromTar, toTar } from './tar.ts';
import { type Bucket, type Patience, s3Vault } from './s3.ts';

const folder = await mkdtemp(join(tmpdir(), 'earshot-vault-'));
const s3 = await startS3({ bucket: 'voices', secret: 'hush' });
after(async () => {
  await s3[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
let count = 0;
const fresh = (): string => String((count += 1));
const bucket = (change: Partial<Bucket> = {}): Bucket => ({ endpoint: s3.endpoint, bucket: 'voices', prefix: `family & friends/${fresh()}`, region: 'eu-central-1', accessKeyId: 'anna', secretAccessKey: 'hush', ...change });

/** How often a bucket was waited for; nobody here waits in earnest. */
let waits = 0;
const patience: Patience = { clock: { sleep: () => Promise.resolve(void (waits += 1)) }, random: seededRandom(3) };
const bucketVault = (change?: Partial<Bucket>): ReturnType<typeof s3Vault> => s3Vault(bucket(change), patience);

async function chosen(): Promise<string> {
  const path = join(folder, fresh());
  await mkdir(path);
  return path;
}

async function below(file: string): Promise<string> {
  const path = join(folder, fresh());
  await writeFile(path, 'no folder');
  return join(path, file);
}

/** Puts into a folder in a process of its own, on whose disk no file becomes larger than a kilobyte. */
async function putHalf(path: string, name: string, bytes: Uint8Array): Promise<void> {
  const script = `
    import { folderVault } from ${JSON.stringify(new URL('folder.node.ts', import.meta.url).href)};
    const [folder, name, length] = process.argv.slice(1);
    await folderVault(folder).put(name, new Uint8Array(Number(length))).catch(({ code, evidence }) => console.log(JSON.stringify({ code, evidence })));
  `;
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -f 1; exec "$0" --input-type=module -e "$@"', process.execPath, script, path, name, String(bytes.length)]);
  if (stdout === '') return;
  const { code, evidence } = JSON.parse(stdout) as Pick<Failure, 'code' | 'evidence'>;
  assert.equal(evidence['reason'], 'EFBIG');
  throw new Failure(code, evidence);
}

vaultContract('memory', () => Promise.resolve(new MemoryVault()), null, null);
vaultContract('folder', () => Promise.resolve(folderVault(join(folder, fresh()))), async () => folderVault(await below('vault')), async () => {
  const path = await chosen();
  return { vault: folderVault(path), putHalf: (name, bytes) => putHalf(path, name, bytes) };
});
vaultContract('S3', () => Promise.resolve(bucketVault()), () => Promise.resolve(bucketVault({ bucket: 'gone' })), () => {
  const vault = bucketVault();
  return Promise.resolve({ vault, putHalf: (name, bytes) => {
    s3.next.push('break', 'break', 'break', 'break', 'break');
    return vault.put(name, bytes);
  } });
});
vaultContract('folder chosen in a browser', async () => handleVault(handleOf(await chosen())), async () => {
  const path = await chosen();
  const vault = handleVault(handleOf(path));
  await vault.put('earshot-backup.json', Uint8Array.of(123));
  await rm(path, { recursive: true });
  return vault;
}, async () => {
  const disk = { full: false };
  const vault = handleVault(handleOf(await chosen(), disk));
  return { vault, putHalf: async (name, bytes) => {
    disk.full = true;
    await vault.put(name, bytes).finally(() => (disk.full = false));
  } };
});

test('[BAK1] what is put into a folder is on the disk before it has its name, and its name before that is said', async (t) => {
  const path = await chosen();
  const told = await syncsIn(t, path);
  await putHalf(path, 'chunks/ab/other.age', new Uint8Array(2_000)).catch(() => undefined);
  await folderVault(path).put('chunks/ab/one.age', Uint8Array.of(1, 2, 3));
  const inodeOf = async (name: string): Promise<number> => (await stat(join(path, name))).ino;
  assert.deepEqual(told, [
    { what: 'datasync', inode: await inodeOf('chunks/ab/one.age'), named: ['chunks/ab/one.age.part'] },
    { what: 'sync', inode: await inodeOf('chunks/ab'), named: ['chunks/ab/one.age'] },
  ]);
  await folderVault(path).put('chunks/cd/one.age', Uint8Array.of(1));
  assert.deepEqual(told.slice(3).map(({ inode }) => inode), [await inodeOf('chunks/cd'), await inodeOf('chunks')], 'and the name of a new folder');
  await folderVault(join(path, 'of', 'mine')).put('earshot-backup.json', Uint8Array.of(1));
  assert.deepEqual(told.slice(6).map(({ inode }) => inode), [await inodeOf('of/mine'), await inodeOf('of'), await inodeOf('.')], 'of the place itself as well');
  await assert.rejects(folderVault(path).get('chunks/ab/other.age'), (error) => error instanceof Failure && error.code === 'backup.missing', 'the first of its name ended half way');
});

test('[BAK5] a file that the disk cannot read is named as damaged, and the place is not called gone', async () => {
  for (const open of [folderVault, (path: string) => handleVault(handleOf(path))]) {
    const path = await chosen();
    await mkdir(join(path, 'chunks'));
    // Its first byte is read with EIO.
    await symlink('/proc/self/mem', join(path, 'chunks/one.age'));
    const { code, evidence } = await open(path).get('chunks/one.age').then(() => assert.fail('it was read'), (error: unknown) => error as Failure);
    assert.deepEqual([code, evidence['name']], ['backup.damaged', 'chunks/one.age']);
  }
});

test('[BAK15] what goes while a place is listed is left out, and hides nothing else', async (t) => {
  for (const open of [folderVault, (path: string) => handleVault(handleOf(path))]) {
    const path = await chosen();
    const vault = open(path);
    for (const name of ['ab/one.age', 'ab/two.age', 'cd/one.age']) await vault.put(`chunks/${name}`, Uint8Array.of(1));
    await rm(join(path, 'chunks/ab/one.age'));
    // It has a name, and no file: so does what another backup drops between the two looks at it.
    await symlink('gone', join(path, 'chunks/ab/one.age'));
    assert.deepEqual((await vault.list('chunks')).map(({ name }) => name), ['chunks/ab/two.age', 'chunks/cd/one.age']);
  }
  const path = await chosen();
  const vault = handleVault(handleOf(path));
  await vault.put('chunks/ab/one.age', Uint8Array.of(1));
  t.mock.method(FileSystemFileHandle.prototype, 'getFile', async () => {
    await rm(path, { recursive: true });
    throw new DOMException('it went with its stick', 'NotFoundError');
  });
  await assert.rejects(vault.list('chunks'), (error) => error instanceof Failure && error.code === 'backup.target');
});

test('[BAK1] what did not fit on a disk that is full takes no room there', async () => {
  const path = await chosen();
  // Nothing that is written there fits.
  await symlink('/dev/full', join(path, 'one.age.part'));
  await assert.rejects(folderVault(path).put('one.age', Uint8Array.of(1)), (error) => error instanceof Failure && error.code === 'backup.target' && error.evidence['reason'] === 'ENOSPC');
  assert.deepEqual(await readdir(path), []);
});

test('[BAK1] a bucket whose connection breaks, or that is too busy, is asked again a few times, and no more once all is to end', async () => {
  waits = 0;
  const vault = bucketVault();
  s3.next.push('break', 'busy', 'break', 'busy');
  await vault.put('chunks/ab/one.age', Uint8Array.of(1, 2));
  assert.equal(waits, 4);
  s3.next.push('break');
  assert.deepEqual(await vault.get('chunks/ab/one.age'), Uint8Array.of(1, 2));
  s3.next.push('busy');
  assert.equal((await vault.list('chunks')).length, 1);
  const isTarget = (error: unknown): boolean => error instanceof Failure && error.code === 'backup.target';
  s3.next.push('break', 'break', 'break', 'break', 'busy');
  await assert.rejects(vault.get('chunks/ab/one.age'), isTarget);
  assert.equal(waits, 10);
  s3.next.push('break', 'break');
  await assert.rejects(s3Vault(bucket(), { ...patience, signal: AbortSignal.abort() }).get('one'), isTarget);
  assert.deepEqual([waits, s3.next], [10, ['break']]);
  s3.next.length = 0;
});

/** What waits has to hold what it waits for. */
function clearMemory(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

test('[BAK1] a bucket that never answers, or stops half way, is given up in its time, and at once when all is to end', async (t) => {
  const mute = createServer((request, answer) => {
    if (request.url?.endsWith('/half') === true) answer.writeHead(200, { 'content-length': 100 }).write('half of it');
  });
  await new Promise<void>((resolve) => void mute.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    mute.closeAllConnections();
    mute.close();
  });
  const endpoint = `http://127.0.0.1:${String((mute.address() as AddressInfo).port)}`;
  const isSilent = (error: unknown): boolean => error instanceof Failure && error.code === 'backup.target' && /nothing came/.test(String(error.evidence['reason']));
  const vault = s3Vault(bucket({ endpoint }), { ...patience, silence: 100 });
  const clearing = setInterval(clearMemory, 20);
  t.after(() => clearInterval(clearing));
  for (const verb of [() => vault.put('one', Uint8Array.of(1)), () => vault.get('one'), () => vault.get('half'), () => vault.list('chunks')]) {
    waits = 0;
    await assert.rejects(verb(), isSilent);
    assert.equal(waits, 1, 'it was asked twice');
  }
  const ending = new AbortController();
  const began = performance.now();
  const patient = s3Vault(bucket({ endpoint }), { ...patience, signal: ending.signal });
  const under = [patient.put('one', Uint8Array.of(1)), patient.get('half')].map((verb) => verb.catch((reason: unknown) => reason));
  setTimeout(() => ending.abort(143), 200);
  assert.deepEqual(await Promise.all(under), [143, 143], 'an interrupt is no failure of the place');
  await assert.rejects(patient.put('unfinished.json', Uint8Array.of(1)), (error) => error instanceof Failure && error.code === 'backup.target');
  assert.ok(performance.now() - began < 10_000, 'a last word has a moment');
});

test('[BAK1] a slow bucket has its time as long as something comes', async (t) => {
  const slow = createServer((_, answer) => {
    let left = 10;
    answer.writeHead(200, { 'content-length': 10 });
    const timer = setInterval(() => void (left-- > 0 ? answer.write('.') : (clearInterval(timer), answer.end())), 150);
  });
  await new Promise<void>((resolve) => void slow.listen(0, '127.0.0.1', resolve));
  t.after(() => slow.close());
  const vault = s3Vault(bucket({ endpoint: `http://127.0.0.1:${String((slow.address() as AddressInfo).port)}` }), { ...patience, silence: 1_000 });
  assert.equal((await vault.get('one')).length, 10);
});

test('[BAK15] a folder and a bucket say when something was put', async () => {
  for (const vault of [folderVault(join(folder, fresh())), bucketVault()]) {
    await vault.put('chunks/ab/one.age', Uint8Array.of(1));
    const [held] = await vault.list('chunks');
    assert.ok(Math.abs((held?.put ?? 0) - Date.now()) < 60_000);
  }
});

test('[BAK1] a bucket that does not let one in, is not there, or cannot be reached is named with the reason', async () => {
  const reasons: unknown[] = [];
  for (const change of [{ secretAccessKey: 'wrong' }, { bucket: 'gone' }, { endpoint: 'http://127.0.0.1:1' }]) {
    const { code, evidence } = await bucketVault(change).put('one', Uint8Array.of(1)).then(() => assert.fail('it was taken'), (error: unknown) => error as Failure);
    assert.equal(code, 'backup.target');
    reasons.push(evidence['reason']);
  }
  assert.deepEqual(reasons.slice(0, 2), ['SignatureDoesNotMatch', 'NoSuchBucket']);
  assert.match(String(reasons[2]), /fetch failed/);
});

test('[BAK1] a page of somebody on the way, in whatever encoding, is no answer of a bucket', async (t) => {
  const hotel = createServer((request, answer) => {
    request.resume();
    answer.writeHead(request.method === 'GET' ? 200 : 403, { 'content-type': 'text/html; charset=iso-8859-1' });
    answer.end(Buffer.from('<html>Zugang zum Café</html>', 'latin1'));
  });
  await new Promise<void>((resolve) => void hotel.listen(0, '127.0.0.1', resolve));
  t.after(() => hotel.close());
  const vault = bucketVault({ endpoint: `http://127.0.0.1:${String((hotel.address() as AddressInfo).port)}` });
  const refused = (error: unknown): boolean => error instanceof Failure && error.code === 'backup.target';
  await assert.rejects(vault.list('chunks'), refused);
  await assert.rejects(vault.put('chunks/ab/one.age', Uint8Array.of(1)), refused);
});

test('[BAK1] what cannot be dropped from a folder, and an answer of a bucket that is cut off, is a place that cannot be reached', async (t) => {
  const vault = folderVault(join(folder, fresh()));
  await vault.put('chunks/ab/one.age', Uint8Array.of(1));
  const refused = (error: unknown): boolean => error instanceof Failure && error.code === 'backup.target';
  await assert.rejects(vault.drop('chunks/ab'), refused);
  const cutting = createServer((_, answer) => {
    answer.writeHead(200, { 'content-length': 100 });
    answer.write('short', () => answer.destroy());
  });
  await new Promise<void>((resolve) => void cutting.listen(0, '127.0.0.1', resolve));
  t.after(() => cutting.close());
  const cut = bucketVault({ endpoint: `http://127.0.0.1:${String((cutting.address() as AddressInfo).port)}` });
  await assert.rejects(cut.get('one'), refused);
  await assert.rejects(cut.list('chunks'), refused);
});

test('[BAK13] a vault as one file is an archive that any tar unpacks into the folder, and comes back the same', async () => {
  const vault = new MemoryVault();
  await vault.put('earshot-backup.json', new TextEncoder().encode('{}'));
  await vault.put(`chunks/ab/${'ab'.repeat(32)}.age`, Uint8Array.from({ length: 1_300 }, (_, at) => at & 255));
  const file = toTar(vault, 1_700_000_000_000);
  assert.deepEqual(fromTar(file).held, vault.held);
  const to = join(folder, fresh());
  await mkdir(to, { recursive: true });
  await writeFile(join(to, 'one.tar'), file);
  execFileSync('tar', ['xf', 'one.tar'], { cwd: to });
  for (const [name, bytes] of vault.held) assert.deepEqual(new Uint8Array(await readFile(join(to, name))), bytes, name);
  for (const broken of [file.slice(0, 1_200), file.slice().fill(9, 130, 131), new Uint8Array(2_000), new Uint8Array(2_000).fill(255)]) assert.throws(() => fromTar(broken), (error) => error instanceof Failure && error.code === 'backup.damaged');
});
