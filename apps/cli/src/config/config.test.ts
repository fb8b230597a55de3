import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import { retentionOf } from './config.ts';
import { loadConfig } from './load.node.ts';

const kept = { expiry: null, expiryLeast: 0, expiryMost: 31_536_000, restDays: 30, backupTo: null, backupEvery: 86_400, backupKeep: 30 };

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-config-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const refusal = async (attempt: Promise<unknown>): Promise<Failure> => {
  try {
    await attempt;
  } catch (error) {
    assert(error instanceof Failure);
    return error;
  }
  throw new Error('it was accepted');
};

test('[CLI12] the file wins over the defaults, the environment over the file, the command line over both', async () => {
  await inFolder(async (cwd) => {
    await writeFile(join(cwd, 'earshot.json'), JSON.stringify({ host: '0.0.0.0', port: 1001, origin: 'https://one.example/', trustedProxies: ['10.0.0.0/8', '::1'] }));
    const env = { EARSHOT_DATA: cwd, EARSHOT_PORT: '1002', EARSHOT_ORIGIN: 'https://two.example', EARSHOT_PUSH: 'off', EARSHOT_CONTACT: 'ops@two.example' };
    const config = await loadConfig({ env, cwd: '/' }, { port: '0' });
    assert.deepEqual(config, { data: cwd, host: '0.0.0.0', port: 0, origin: 'https://two.example', trustedProxies: ['10.0.0.0/8', '::1'], push: 'off', contact: 'mailto:ops@two.example', ...kept });
  });
});

test('[CLI12] without any setting this machine is served from ./data', async () => {
  await inFolder(async (cwd) => {
    assert.deepEqual(await loadConfig({ env: {}, cwd }, {}), { data: join(cwd, 'data'), host: '127.0.0.1', port: 8417, origin: null, trustedProxies: [], push: 'on', contact: null, ...kept });
  });
});

test('[CLI12] an unknown key and an impossible value are named', async () => {
  await inFolder(async (cwd) => {
    const path = join(cwd, 'own.json');
    await writeFile(path, JSON.stringify({ prot: 80 }));
    const unknown = await refusal(loadConfig({ env: {}, cwd }, { config: 'own.json' }));
    assert.equal(unknown.code, 'config.invalid');
    assert.equal(unknown.evidence['key'], 'prot');
    await writeFile(path, '{ "port": 70000 }');
    assert.equal((await refusal(loadConfig({ env: {}, cwd }, { config: 'own.json' }))).evidence['key'], 'port');
    await writeFile(path, '{ "port": ');
    assert.equal((await refusal(loadConfig({ env: {}, cwd }, { config: 'own.json' }))).code, 'config.invalid');
    assert.equal((await refusal(loadConfig({ env: { EARSHOT_PORT: 'eighty' }, cwd }, {}))).evidence['variable'], 'EARSHOT_PORT');
    assert.equal((await refusal(loadConfig({ env: {}, cwd }, { origin: 'https://example.org/path' }))).evidence['option'], '--origin');
    for (const network of ['everybody', '10.0.0.0/64', '::1/129', '10.0.0.0/0', '10.0.0', '::1/']) assert.equal((await refusal(loadConfig({ env: {}, cwd }, { trustedProxy: ['::1', network] }))).evidence['option'], '--trusted-proxy', network);
    assert.deepEqual((await loadConfig({ env: {}, cwd }, { trustedProxy: ['::/1', '10.0.0.0/32'] })).trustedProxies, ['::/1', '10.0.0.0/32']);
    assert.equal((await refusal(loadConfig({ env: {}, cwd }, { push: 'maybe' }))).evidence['option'], '--push');
    assert.equal((await refusal(loadConfig({ env: { EARSHOT_CONTACT: 'http://example.org' }, cwd }, {}))).evidence['variable'], 'EARSHOT_CONTACT');
    assert.equal((await refusal(loadConfig({ env: {}, cwd }, { config: 'missing.json' }))).code, 'file.unreadable');
  });
});

test('[CLI12] how long things are kept is set like everything else', async () => {
  await inFolder(async (cwd) => {
    await writeFile(join(cwd, 'earshot.json'), JSON.stringify({ expiry: '30d', expiryLeast: '2m', restDays: 60 }));
    const env = { EARSHOT_DATA: cwd, EARSHOT_EXPIRY_MOST: '90d', EARSHOT_REST_DAYS: '90' };
    const config = await loadConfig({ env, cwd: '/' }, { expiry: '12h' });
    assert.deepEqual(retentionOf(config), { usual: 43_200, least: 120, most: 7_776_000, rest: 90 * 86_400_000 });
    assert.equal((await loadConfig({ env, cwd: '/' }, { expiry: 'never' })).expiry, null);
    const { backupTo, backupEvery, backupKeep } = await loadConfig({ env: { ...env, EARSHOT_BACKUP_TO: 's3://b/earshot', EARSHOT_BACKUP_KEEP: '365' }, cwd: '/' }, { backupEvery: '6h' });
    assert.deepEqual([backupTo, backupEvery, backupKeep], ['s3://b/earshot', 21_600, 365]);
  });
});

test('[CLI12] a time that is none, limits that contradict each other and a rest that is too short are refused in words', async () => {
  const tried = async (options: Parameters<typeof loadConfig>[1]) => (await refusal(loadConfig({ env: {}, cwd: tmpdir() }, options))).evidence;
  assert.equal((await tried({ expiry: 'soon' }))['option'], '--expiry');
  assert.equal((await tried({ expiry: '0m' }))['option'], '--expiry');
  assert.equal((await tried({ expiryMost: 'never' }))['option'], '--expiry-most');
  assert.equal((await tried({ expiryMost: '366d' }))['option'], '--expiry-most');
  assert.equal((await tried({ restDays: '7' }))['must'], 'be a whole number of days from 30 to 3650');
  assert.equal((await tried({ backupEvery: 'once' }))['option'], '--backup-every');
  assert.equal((await tried({ backupKeep: '0' }))['option'], '--backup-keep');
  assert.equal((await tried({ expiryLeast: '2d', expiryMost: '1d' }))['must'], 'not be longer than expiryMost, 1d');
  assert.equal((await tried({ expiry: 'once', expiryLeast: '2m' }))['must'], 'be never, or lie between expiryLeast, 2m, and expiryMost, 365d');
});
