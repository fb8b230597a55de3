import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { World, type Ended } from './cli-world.ts';

const codeOf = ({ lines }: Ended): unknown => (lines.at(-1)?.['error'] as { code?: unknown } | undefined)?.code;

test('[CLI13] a server says where it listens, invites the first person, and ends cleanly', async () => {
  await using world = await World.make();
  assert.match(world.origin, /^http:\/\/localhost:\d+$/);
  const ended = await world.server?.kill('SIGTERM');
  assert.equal(ended?.code, 0, ended?.err);

  const again = world.start(['serve', '--data', world.data, '--port', '0', '--first-invitation', '--json']);
  const { origin } = await again.event('listening');
  const { link } = await again.event('invitation');
  assert.match(String(link), new RegExp(`^${String(origin)}/join#[0-9a-z]{26}$`));
  assert.equal((await again.kill('SIGINT')).code, 0);
});

test('[CLI13] what keeps a server from starting is said in one line', async () => {
  await using world = await World.make();
  const port = new URL(world.origin).port;
  const taken = await world.run('serve', '--data', join(world.folder, 'other'), '--port', port);
  assert.equal(taken.code, 69);
  assert.match(taken.err, /^earshot: Another program uses this port\. .*--port.*\[server\.port-taken.*\]\n$/);

  const file = join(world.folder, 'file');
  await writeFile(file, '');
  const unwritable = await world.run('serve', '--data', join(file, 'data'), '--port', '0', '--json');
  assert.equal(codeOf(unwritable), 'server.data-unwritable');
  assert.equal(unwritable.code, 73);

  const damaged = join(world.folder, 'damaged');
  await mkdir(damaged);
  await writeFile(join(damaged, 'earshot.db'), 'this is no database'.repeat(1000));
  const before = await readFile(join(damaged, 'earshot.db'));
  const refused = await world.run('serve', '--data', damaged, '--port', '0', '--json');
  assert.equal(codeOf(refused), 'server.data-damaged');
  assert.equal(refused.code, 78);
  assert.deepEqual(await readFile(join(damaged, 'earshot.db')), before);
});

test('[CLI13] data of a newer version is left alone', async () => {
  await using world = await World.make();
  await world.server?.kill('SIGTERM');
  const database = new DatabaseSync(join(world.data, 'earshot.db'));
  database.exec('PRAGMA user_version = 9999');
  database.close();
  const ended = await world.run('serve', '--data', world.data, '--port', '0', '--json');
  assert.equal(codeOf(ended), 'server.data-newer');
  assert.equal(ended.code, 78);
  assert.equal(codeOf(await world.run('invite', '--data', world.data, '--json')), 'server.data-newer');
});

test('[CLI12] settings that are wrong keep a server from starting, and are named', async () => {
  await using world = await World.make();
  await writeFile(join(world.folder, 'own.json'), '{"orgin":"https://voice.example.org"}');
  const ended = await world.run('serve', '--config', 'own.json', '--json');
  assert.equal(codeOf(ended), 'config.invalid');
  assert.match(ended.err, /key: orgin/);
  assert.equal(ended.code, 78);
  assert.equal((await world.run('serve', '--port', 'eighty')).code, 78);
});

test('an operator invites beside the running server, with the address it was started with', async () => {
  await using world = await World.make();
  assert((await world.invite()).startsWith(`${world.origin}/join#`));
  const [line] = (await world.run('invite', '--data', world.data, '--origin', 'https://voice.example.org', '--json')).lines;
  assert.match(String(line?.['link']), /^https:\/\/voice\.example\.org\/join#/);
  assert(Number(line?.['expires']) > Date.now());
  const nobody = await world.run('invite', '--data', world.data, '--for', 'nobody', '--json');
  assert.equal(codeOf(nobody), 'person.unknown');
  assert.equal(nobody.code, 67);
  const people = await world.run('invite', '--data', world.data);
  assert.match(people.out, /^http:\S+\n$/);
});

test('[CLI16] whoever kills the launcher kills the program', async () => {
  await using world = await World.make();
  // What the launcher does on an older Node, with this one as the current one.
  const program = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.ts');
  const launcher = `const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(program)}, 'serve', '--data', ${JSON.stringify(join(world.folder, 'launched'))}, '--port', '0', '--json'],
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, EARSHOT_LAUNCHED: '1' } });`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await new Promise<Buffer[]>((done) => child.stdout.once('data', (data: Buffer) => done([data])));
  const { origin } = JSON.parse(String(line)) as { origin: string };
  const closed = new Promise((done) => child.stdout.once('close', done));
  child.kill('SIGKILL');
  // Standard output closes when the last process that holds it is gone.
  await closed;
  await assert.rejects(fetch(`${origin}/v1/server`));
});

test('the data folder is its owner’s', async () => {
  await using world = await World.make();
  assert.equal((await stat(join(world.data, 'origin.txt'))).mode & 0o077, 0);
  // Root may write anywhere, so that a folder's mode refuses others only.
  if (process.getuid?.() === 0) return;
  const closed = join(world.folder, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o500);
  assert.equal(codeOf(await world.run('serve', '--data', closed, '--port', '0', '--json')), 'server.data-unwritable');
});

test('a port of another program is not taken over', async () => {
  await using world = await World.make();
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => other.once('listening', done));
  const address = other.address();
  assert(typeof address === 'object' && address !== null);
  assert.equal(codeOf(await world.run('serve', '--data', join(world.folder, 'x'), '--port', String(address.port), '--json')), 'server.port-taken');
  await new Promise((done) => other.close(done));
});

test('[STAT8] announcing and resolving from the command line, seen on the status page', async () => {
  await using world = await World.make();
  const said = await world.run('status', 'announce', 'Away for an hour.', '--data', world.data, '--json');
  assert.equal(said.code, 0, said.err);
  const id = said.lines.at(-1)?.['incident'];
  assert.match(await (await fetch(`${world.origin}/status`)).text(), /Away for an hour\./);
  const { lines } = await world.run('status', '--data', world.data, '--json');
  assert.deepEqual(lines.filter(({ incident }) => incident !== undefined).map(({ incident, ended }) => [incident, ended]), [[id, null]]);
  assert.deepEqual((await world.run('status', 'resolve', '--data', world.data, '--json')).lines, [{ incident: id, resolved: true }]);
  assert.equal((await world.run('status', 'resolve', '--data', world.data)).code, 67);
});

test('[CLI11] what stands in the way has its code and its exit code', async () => {
  await using world = await World.make();
  const link = (await world.run('invite', '--data', world.data, '--json')).lines[0]?.['link'];
  const profile = join(world.folder, 'reaching');
  assert.equal((await world.run('join', String(link), '--name', 'anna', '--profile', profile)).code, 0);
  assert.deepEqual((await world.run('reach', '--profile', profile, '--json')).lines, [{ obstacle: null }]);
  await world.run('status', 'announce', 'Away soon.', '--data', world.data);
  while (!(await (await fetch(`${world.origin}/v1/status`)).text()).includes('Away soon.')) await new Promise((resolve) => void setTimeout(resolve, 100));
  const troubled = await world.run('reach', '--profile', profile, '--json');
  assert.deepEqual([codeOf(troubled), troubled.code], ['server.incident', 69]);
  await world.server?.kill('SIGTERM');
  const down = await world.run('reach', '--profile', profile, '--json');
  assert.deepEqual([codeOf(down), down.code], ['server.down', 69]);
});

test('[CHECK2] check and repair from the command line: codes, words and exit codes', async () => {
  await using world = await World.make();
  const beside = await world.run('check', '--data', world.data, '--json');
  assert.equal(beside.code, 0, beside.out);
  assert.match(JSON.stringify(beside.lines.at(-1)), /"beside":true/);
  assert.equal((await world.run('check', '--repair', '--data', world.data)).code, 69);
  await world.server?.kill('SIGTERM');
  await writeFile(join(world.data, 'blobs', 'index.db'), 'this is no index'.repeat(1000));
  const damaged = await world.run('check', '--data', world.data, '--json');
  assert.equal(damaged.code, 78);
  assert.ok(damaged.lines.some(({ finding, weight, repaired }) => finding === 'index.damaged' && weight === 'damage' && repaired === false));
  assert.match((await world.run('check', '--data', world.data)).out, /The index of the sound is not what the segments tell\..*--repair.*\[index\.damaged/);
  assert.equal((await world.run('check', '--repair', '--data', world.data)).code, 0);
  assert.equal((await world.run('check', '--data', world.data)).code, 0);
  assert.equal((await world.run('check', '--data', join(world.folder, 'nowhere'))).code, 66);
});
