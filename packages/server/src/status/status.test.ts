import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@earshot/base/log.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { componentNames, incidentCauses } from '@earshot/protocol/incidents.ts';
import { type StatusAnswer, statusAnswer } from '@earshot/protocol/status.ts';
import * as v from 'valibot';
import { openOperator } from '../operator.ts';
import { startServer } from '../server.ts';
import { openSqliteStore } from '../store/sqlite.node.ts';
import { call, newId, noise, startWorld, World } from '../testing/world.ts';
import { Allowance } from './allowance.ts';
import { causesOf } from './judge.ts';
import { MemoryMachine } from './machine.ts';
import { pageWords } from './page-words.ts';
import { statusPage } from './page.ts';
import { Vitals } from './vitals.ts';
import { Watch } from './watch.ts';

const MINUTE = 60_000;

/** A watch over a store, a machine and a clock that the test turns. */
function watched() {
  const time = { now: 1_800_000_000_000 };
  const clock = { now: () => time.now };
  const machine = new MemoryMachine();
  const vitals = new Vitals(clock);
  const real = openSqliteStore(':memory:');
  const broken = { on: false };
  const refusing = new Proxy(real.status, { get: (target, name) => (broken.on ? () => Promise.reject(new Error('fsync failed')) : (Reflect.get(target, name) as () => unknown).bind(target)) });
  const watch = () => new Watch({ store: { status: refusing }, machine, vitals, clock, random: systemRandom, log: silentLog });
  const pass = (milliseconds: number): void => {
    time.now += milliseconds;
    machine.ran += milliseconds;
  };
  const told = async (one: Watch): Promise<string[]> => (await one.answer()).incidents.map(({ cause, began, ended }) => `${cause} ${began - 1_800_000_000_000} ${ended === null ? 'stands' : ended - 1_800_000_000_000}`);
  return { time, machine, vitals, watch, pass, told, broken, store: real };
}

test('[STAT2] a disk without room is an incident from when it is seen until there is room again', async () => {
  const { watch, machine, pass, told } = watched();
  const one = watch();
  await one.begin(false);
  await one.round();
  assert.deepEqual(await told(one), []);
  pass(MINUTE);
  machine.free = 1000;
  await one.round();
  pass(MINUTE);
  await one.round();
  assert.deepEqual(await told(one), [`storage.full ${MINUTE} stands`]);
  const { state, components } = await one.answer();
  assert.deepEqual([state, components.find(({ name }) => name === 'storage')?.state], ['down', 'down']);
  machine.free = 1e12;
  await one.round();
  pass(MINUTE);
  assert.deepEqual(await told(one), [`storage.full ${MINUTE} ${2 * MINUTE}`]);
  assert.equal((await one.answer()).state, 'good');
});

test('[STAT2] a disk that cannot be written, and what parts say of themselves, are told by their causes', () => {
  const idle = { now: 1_000_000, vitals: [], room: 1e12, disk: 'written', backup: { verified: null, failed: null } } as const;
  const failing = (cause: 'uploads.failed' | 'storage.full', last: number) => ({ good: null, failing: { since: last, last, cause } });
  assert.deepEqual([...causesOf(idle)], []);
  assert.deepEqual([...causesOf({ ...idle, disk: 'failed' })], ['storage.unwritable']);
  assert.deepEqual([...causesOf({ ...idle, backup: { verified: idle.now + 365 * 86_400_000, failed: null } })], ['backup.stale'], 'noted by a clock that was a year ahead');
  assert.deepEqual([...causesOf({ ...idle, disk: 'full' })], ['storage.full']);
  assert.deepEqual([...causesOf({ ...idle, vitals: [failing('uploads.failed', 999_000)] })], ['uploads.failed']);
  assert.deepEqual([...causesOf({ ...idle, vitals: [failing('uploads.failed', 1_000)] })], [], 'nobody tried for long');
  assert.deepEqual([...causesOf({ ...idle, vitals: [failing('storage.full', 999_000)] })], [], 'the disk itself tells otherwise');
});

test('[STAT3] what the store cannot take is told all the same, and kept as soon as it can', async () => {
  const { watch, pass, told, broken, store } = watched();
  const one = watch();
  await one.begin(false);
  await one.round();
  broken.on = true;
  pass(MINUTE);
  await one.round();
  pass(MINUTE);
  assert.deepEqual(await told(one), [`database.failed ${MINUTE} stands`]);
  assert.equal((await store.status.incidents()).length, 0);
  broken.on = false;
  await one.round();
  pass(MINUTE);
  assert.deepEqual(await told(one), [`database.failed ${MINUTE} ${2 * MINUTE}`]);
  assert.equal((await store.status.incidents()).length, 1);
});

test('[STAT4] a clock that jumps is an incident; time that passes is none', async () => {
  const { watch, time, pass, told } = watched();
  const one = watch();
  await one.begin(false);
  await one.round();
  pass(10 * MINUTE);
  await one.round();
  assert.deepEqual(await told(one), []);
  time.now -= 5 * MINUTE;
  await one.round();
  assert.deepEqual(await told(one), [`clock.jumped ${5 * MINUTE} ${5 * MINUTE}`]);
  await one.end();
  time.now -= 3 * MINUTE;
  const next = watch();
  await next.begin(false);
  assert.deepEqual(await told(next), [`clock.jumped ${5 * MINUTE} ${5 * MINUTE}`, `clock.jumped ${2 * MINUTE} ${2 * MINUTE}`]);
});

test('[STAT5] an unclean end is an outage with its length, a clean one is none; what stood goes on standing', async () => {
  const { watch, pass, told, machine } = watched();
  const first = watch();
  await first.begin(false);
  machine.free = 0;
  await first.round();
  pass(MINUTE);
  await first.round();
  pass(7 * MINUTE);
  const second = watch();
  await second.begin(false);
  assert.deepEqual(await told(second), [`server.outage ${MINUTE} ${8 * MINUTE}`, 'storage.full 0 stands']);
  machine.free = 1e12;
  await second.round();
  await second.end();
  pass(MINUTE);
  const third = watch();
  await third.begin(true);
  assert.deepEqual(await told(third), [`database.damaged ${9 * MINUTE} stands`, `server.outage ${MINUTE} ${8 * MINUTE}`, `storage.full 0 ${8 * MINUTE}`]);
});

test('[STAT6] the status is asked for a limited number of times', () => {
  let now = 0;
  const allowance = new Allowance({ now: () => now }, 2);
  allowance.take('a');
  allowance.take('a');
  assert.throws(() => allowance.take('a'), { code: 'limit.tries', evidence: { until: MINUTE } });
  allowance.take('b');
  now = MINUTE;
  allowance.take('a');
});

test('[STAT6] whoever asks a server for its status too often is refused, for the page as well', async (t) => {
  const { base } = await startWorld(t, { limits: { statusPerAddress: 2 } });
  const asked = async (path: string): Promise<unknown> => (await call(base, null, 'GET', path)).status;
  assert.deepEqual([await asked('/v1/status'), await asked('/status')], [200, 200]);
  assert.equal((await call(base, null, 'GET', '/v1/status')).code, 'limit.tries');
  assert.equal(await asked('/status'), 429);
});

const statusOf = async (base: string): Promise<StatusAnswer> => v.parse(statusAnswer, await (await fetch(`${base}/v1/status`)).json());

async function until(base: string, found: (status: StatusAnswer) => boolean): Promise<StatusAnswer> {
  for (;;) {
    const status = await statusOf(base);
    if (found(status)) return status;
    await new Promise((resolve) => void setTimeout(resolve, 200));
  }
}

test('[STAT10] a backup is told of once there is one, and named when it is a week old or fails', async () => {
  const { watch, machine, pass, told, time } = watched();
  const one = watch();
  await one.begin(false);
  await one.round();
  assert.equal((await one.answer()).components.some(({ name }) => name === 'backup'), false);
  machine.backedUp = { verified: time.now, failed: null };
  await one.round();
  pass(MINUTE);
  assert.deepEqual((await one.answer()).components.find(({ name }) => name === 'backup'), { name: 'backup', state: 'good', seen: machine.backedUp.verified, facts: {} });
  pass(7 * 24 * 60 * MINUTE);
  await one.round();
  assert.deepEqual(await told(one), [`backup.stale ${time.now - 1_800_000_000_000} stands`]);
  machine.backedUp = { verified: time.now, failed: null };
  pass(MINUTE);
  await one.round();
  assert.equal((await one.answer()).state, 'good');
  machine.backedUp = { ...machine.backedUp, failed: { at: time.now, code: 'backup.target' } };
  pass(MINUTE);
  await one.round();
  const failing = await one.answer();
  assert.deepEqual([failing.state, failing.incidents[0]?.cause], ['trouble', 'backup.failed']);
  assert.deepEqual(failing.components.find(({ name }) => name === 'backup'), { name: 'backup', state: 'trouble', seen: machine.backedUp.verified, facts: {} });
});

test('[STAT7] a server tells strangers how its parts are, and nothing of people', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  await alice.upload(noise(100_000));
  const status = await until(world.base, ({ components }) => components.some(({ name, seen }) => name === 'database' && seen !== null));
  assert.deepEqual([status.state, status.incidents], ['good', []]);
  assert.deepEqual(status.components.map(({ name }) => name).filter((name) => name !== 'push'), componentNames.filter((name) => name !== 'push' && name !== 'backup'));
  const text = JSON.stringify(status);
  for (const secret of [alice.person, alice.device, alice.token, 'alice', world.dataDir]) assert.ok(!text.includes(secret), secret);
});

test('[STAT7] a disk that refuses sound is told while it does', { timeout: 300_000 }, async (t) => {
  const machine = new MemoryMachine();
  machine.free = null;
  const world = await startWorld(t, { machine });
  const alice = await world.join('alice');
  const real = fs.writevSync;
  Object.assign(fs, { writevSync: () => { throw Object.assign(new Error('i/o error'), { code: 'EIO' }); } });
  syncBuiltinESMExports();
  try {
    const metadata = `id ${Buffer.from(newId()).toString('base64')}`;
    assert.equal((await alice.tus('POST', '/v1/uploads', { 'upload-length': '100', 'upload-metadata': metadata }, noise(100))).status, 500);
    await until(world.base, ({ incidents }) => incidents.some(({ cause, ended }) => cause === 'uploads.failed' && ended === null));
  } finally {
    Object.assign(fs, { writevSync: real });
    syncBuiltinESMExports();
  }
  await alice.upload(noise(100));
  assert.equal((await until(world.base, ({ incidents }) => incidents[0]?.ended !== null)).state, 'good');
});

test('[STAT5] kill -9 and a new start: the outage is on the status page', { timeout: 300_000 }, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-outage-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const victim = await serving(t, dataDir);
  await until(victim.base, ({ components }) => components.some(({ name, seen }) => name === 'database' && seen !== null));
  await victim.kill();
  await using server = await startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog });
  const [outage, ...others] = (await statusOf(`http://127.0.0.1:${server.port}`)).incidents;
  assert.deepEqual([outage?.cause, others], ['server.outage', []]);
  assert.ok(outage && outage.ended !== null && outage.ended > outage.began);
});

async function serving(t: TestContext, dataDir: string): Promise<{ base: string; kill(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(new URL('../testing/victim.ts', import.meta.url)), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  t.after(kill);
  const port = await new Promise<string>((resolve) => child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim())));
  return { base: `http://127.0.0.1:${port}`, kill };
}

test('[STAT3] a database that cannot be flushed is told while the server still runs, and is an outage for the next one', { timeout: 300_000 }, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-flush-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const broken = await startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog, machine: new MemoryMachine() });
  const base = `http://127.0.0.1:${broken.port}`;
  await until(base, ({ components }) => components.some(({ name, seen }) => name === 'database' && seen !== null));
  const world = new World(broken, dataDir);
  const invitation = await world.invitation();
  const real = { fdatasync: fs.fdatasync, fdatasyncSync: fs.fdatasyncSync };
  const failure = Object.assign(new Error('i/o error'), { code: 'EIO' });
  Object.assign(fs, { fdatasync: (_: number, done: (error: Error) => void) => done(failure), fdatasyncSync: () => { throw failure; } });
  syncBuiltinESMExports();
  try {
    // What the server was asked to keep: from here on its store refuses everything, also what its other rounds ask of it.
    await assert.rejects(world.join('alice', { invitation }));
    const status = await until(base, ({ incidents }) => incidents.some(({ cause, ended }) => cause === 'database.failed' && ended === null));
    assert.equal(status.state, 'down');
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
  await broken.close();
  await using server = await startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog });
  assert.deepEqual((await statusOf(`http://127.0.0.1:${server.port}`)).incidents.map(({ cause }) => cause), ['server.outage']);
});

test('[STAT8] the operator announces beside the running server, and resolves it', async (t) => {
  const world = await startWorld(t);
  await using operator = openOperator(world.dataDir);
  const { id } = await operator.announce('Moving to a new house <b>at noon</b>');
  const [said] = (await until(world.base, ({ incidents }) => incidents.length > 0)).incidents;
  assert.deepEqual([said?.id, said?.cause, said?.note, said?.ended], [id, 'server.announced', 'Moving to a new house <b>at noon</b>', null]);
  const page = await (await fetch(`${world.base}/status`)).text();
  assert.ok(page.includes('Moving to a new house &lt;b&gt;at noon&lt;/b&gt;'));
  assert.deepEqual(await operator.resolve(id), [id]);
  await assert.rejects(operator.resolve(id), { code: 'not-found' });
  assert.equal((await until(world.base, ({ incidents }) => incidents[0]?.ended !== null)).state, 'good');
  await assert.rejects(operator.announce('x'.repeat(501)), { code: 'limit.reached' });
});

test('[STAT9] the page needs no script, no other file and no account, and speaks both languages', async (t) => {
  const world = await startWorld(t);
  const answer = await fetch(`${world.base}/status`, { headers: { 'accept-language': 'de-CH,de;q=0.9' } });
  const page = await answer.text();
  assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
  assert.match(page, /<html lang="de">/);
  assert.match(page, /Alles funktioniert/);
  assert.doesNotMatch(page, /<script|src=|javascript:|<link/);
  assert.match(await (await fetch(`${world.base}/status?lang=en`, { headers: { 'accept-language': 'de' } })).text(), /Everything works/);
});

test('[STAT9] every cause and every part has its words in both languages', () => {
  const causes = Object.keys(incidentCauses) as (keyof typeof incidentCauses)[];
  for (const words of [pageWords('en', undefined), pageWords('de', undefined)]) {
    for (const cause of causes) {
      const status: StatusAnswer = { product: 'earshot', version: '1', now: 3, state: 'good', components: componentNames.map((name) => ({ name, state: 'good', seen: 1, facts: {} })), incidents: [{ id: newId(), cause, began: 1, ended: null, note: null }] };
      const page = statusPage(status, words);
      assert.ok(!page.includes('undefined'), page);
      assert.match(words.cause(cause).means, /\.$/);
    }
  }
});
