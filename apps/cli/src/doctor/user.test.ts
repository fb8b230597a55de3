import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { createServer as createPlain, type AddressInfo, type Server } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { writeWav } from '@earshot/audio/wav-writer.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { Middlebox } from '@earshot/faults/middlebox.node.ts';
import { all, blocksLargeBodies, blocksMethods, captivePortal } from '@earshot/faults/obstacles.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { runEarshot } from '../program.ts';
import { makeCertificate } from '../testing/certificate.ts';
import { contextForTests } from '../testing/context.ts';
import { doctor, folderFor, joinedProfile, serverFor } from '../testing/doctor.ts';

const YEAR = 365 * 86_400_000;

/** Listens on a free port of this machine until the test is over. */
async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  server.on('connection', (socket) => t.after(() => socket.destroy()));
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('[CLI19] nothing in the way: every probe of a signed-in person is well, and the exit code is 0', async (t) => {
  const folder = await folderFor(t);
  const server = await serverFor(t, join(folder, 'data'));
  const profile = await joinedProfile(folder, join(folder, 'data'), server.origin, 'anna');
  const told = await doctor(folder, ['--profile', profile]);
  assert.deepEqual(told.answers, {
    'name-resolution': 'found', connecting: 'opens', proxy: 'none', 'server-reach': 'answers', 'small-requests': 'pass', 'server-status': 'good', clock: 'right', 'sign-in': 'signed-in',
    uploads: 'pass', downloads: 'pass', 'live-connection': 'opens', throughput: 'live', 'packet-loss': told.answers['packet-loss'], 'waiting-messages': 'none', 'storage-room': told.answers['storage-room'], 'storage-writing': 'works', 'audio-tools': 'there',
  });
  assert.equal(told.exit, 0, told.err);
});

test('[CLI19] a name that is not known, and a port on which nobody listens', async (t) => {
  const folder = await folderFor(t);
  const unknown = await doctor(folder, ['--address', 'http://nobody.invalid']);
  // What there is to say depends on whether somebody can be asked for names here.
  assert.ok(['no-such-name', 'no-answer'].includes(String(unknown.answers['name-resolution'])));
  assert.equal(unknown.answers['connecting'], undefined, 'what follows from it is not told as more trouble');
  assert.equal(unknown.exit, 69);

  const closed = createPlain();
  await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
  const { port } = closed.address() as AddressInfo;
  await new Promise((done) => closed.close(done));
  const refused = await doctor(folder, ['--address', `http://127.0.0.1:${port}`]);
  assert.deepEqual([refused.answers['connecting'], refused.answers['server-reach'], refused.exit], ['refused', 'down', 69]);
});

test('[CLI19] a certificate: signed by nobody, for another name, run out, not begun, and good', async (t) => {
  const folder = await folderFor(t);
  const own = makeCertificate(folder, 30);
  const secure = createSecure({ key: own.key, cert: own.cert }, (_, answer) => void answer.end('{}'));
  const port = await listening(t, secure);
  const at = (host: string, time = 0) => doctor(folder, ['--address', `https://${host}:${port}`], { clock: { ...systemClock, now: () => Date.now() + time } });
  assert.equal((await at('localhost')).answers['certificate'], 'self-signed');
  assert.equal((await at('127.0.0.1')).answers['certificate'], 'wrong-name');
  const over = await at('localhost', YEAR);
  assert.deepEqual([over.answers['certificate'], over.exit], ['expired', 69]);
  assert.match(String(over.lines.find(({ probe }) => probe === 'certificate')?.['next']), /renew/);
  assert.deepEqual([(await at('localhost', -YEAR)).answers['certificate'], (await at('localhost', -YEAR)).exit], ['not-yet-valid', 78]);

  const before = getCACertificates();
  setDefaultCACertificates([...before, own.cert]);
  t.after(() => setDefaultCACertificates(before));
  assert.equal((await at('localhost')).answers['certificate'], 'good');
  assert.equal((await at('localhost', 20 * 86_400_000)).answers['certificate'], 'ends-soon');
});

test('[CLI19] a proxy that wants a sign-in, one without which nobody gets out, and one that lets through', async (t) => {
  const folder = await folderFor(t);
  const server = await serverFor(t, join(folder, 'data'));
  await using box = await Middlebox.open(server.origin, () => ({ do: 'answer', status: 407, headers: { 'proxy-authenticate': 'Basic' }, body: 'who are you?' }));
  const asked = await doctor(folder, ['--address', box.origin]);
  assert.deepEqual([asked.answers['proxy'], asked.answers['small-requests'], asked.exit], ['refuses', 'stopped', 69]);

  const named = await doctor(folder, ['--address', 'http://127.0.0.1:1'], { env: { HTTP_PROXY: 'http://proxy.invalid:3128' } });
  assert.deepEqual([named.answers['connecting'], named.answers['proxy']], ['refused', 'refuses']);

  const passing = createServer((incoming, outgoing) => {
    void fetch(`${server.origin}${incoming.url ?? ''}`).then(async (answer) => {
      outgoing.writeHead(answer.status, { ...Object.fromEntries(answer.headers), via: '1.1 gate', 'content-encoding': 'identity' });
      outgoing.end(await answer.text());
    });
  });
  const through = await doctor(folder, ['--address', `http://127.0.0.1:${await listening(t, passing)}`]);
  assert.deepEqual([through.answers['proxy'], through.answers['server-reach']], ['passes', 'answers']);
});

test('[CLI19] a sign-in page, another server, a gateway without one, silence, and filters', async (t) => {
  const folder = await folderFor(t);
  const server = await serverFor(t, join(folder, 'data'));
  await using box = await Middlebox.open(server.origin, captivePortal());
  const look = () => doctor(folder, ['--address', box.origin]);
  assert.equal((await look()).answers['server-reach'], 'portal');
  box.meddle = captivePortal('redirect');
  assert.equal((await look()).answers['server-reach'], 'portal');
  box.meddle = () => ({ do: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: '{"product":"something else"}' });
  const foreign = await look();
  assert.deepEqual([foreign.answers['server-reach'], foreign.answers['small-requests'], foreign.exit], ['foreign', 'stopped', 69]);
  box.meddle = () => ({ do: 'answer', status: 502, body: 'bad gateway' });
  assert.equal((await look()).answers['server-reach'], 'down');
  box.meddle = all(blocksMethods(['UPGRADE']), blocksLargeBodies(5_000));
  const filtered = await look();
  assert.deepEqual([filtered.answers['server-reach'], filtered.answers['small-requests'], filtered.answers['uploads'], filtered.exit], ['answers', 'pass', 'stopped-by-size', 69]);
});

test('[CLI19] a session that ended here or there, and a clock that is off', async (t) => {
  const folder = await folderFor(t);
  const data = join(folder, 'data');
  const server = await serverFor(t, data);
  const profile = await joinedProfile(folder, data, server.origin, 'anna');
  const late = await doctor(folder, ['--profile', profile], { clock: { ...systemClock, now: () => Date.now() - 3_600_000 } });
  assert.deepEqual([late.answers['clock'], late.exit], ['behind', 78]);

  await using operator = openOperator(data);
  await operator.disable('anna', true);
  const disabled = await doctor(folder, ['--profile', profile]);
  assert.deepEqual([disabled.answers['sign-in'], disabled.exit], ['disabled', 77]);
});

test('[CLI19] a session that was ended elsewhere, and a message that waits for the server', async (t) => {
  const folder = await folderFor(t);
  const data = join(folder, 'data');
  const server = await serverFor(t, data);
  const profile = await joinedProfile(folder, data, server.origin, 'anna');
  const world = contextForTests({ cwd: folder, home: folder });
  await writeFile(join(folder, 'voice.wav'), writeWav(new Float32Array(48_000).fill(0.1), 48_000));
  await server.close();
  assert.equal(await runEarshot(['send', '--to', 'me', 'voice.wav', '--timeout', '1', '--profile', profile], world.context), 75, world.err());
  const database = new DatabaseSync(join(data, 'earshot.db'));
  database.exec('UPDATE device SET ended = 1');
  database.close();
  await serverFor(t, data, { port: server.port });
  const told = await doctor(folder, ['--profile', profile]);
  assert.deepEqual([told.answers['sign-in'], told.answers['waiting-messages'], told.exit], ['revoked', 'waiting', 77]);
  // Told by the server, and then by the profile: an account is there, and what waits is kept.
  for (let turn = 0; turn < 2; turn += 1) assert.equal(await runEarshot(['devices', '--profile', profile], world.context), 77, world.err());
});

test('[CLI19] the session of a profile is shown to its own server and to no other address', async (t) => {
  const folder = await folderFor(t);
  const server = await serverFor(t, join(folder, 'data'));
  const profile = await joinedProfile(folder, join(folder, 'data'), server.origin, 'anna');
  const shown = new Set<string | undefined>();
  await using box = await Middlebox.open(server.origin, ({ headers }) => {
    shown.add(headers.authorization);
    return { do: 'pass' };
  });
  const told = await doctor(folder, ['--profile', profile, '--address', box.origin]);
  assert.equal(told.answers['sign-in'], 'signed-out');
  assert.deepEqual([...shown], [undefined]);
});

test('[CLI19] without an account only this machine is looked at; without ffmpeg it says what that means', async (t) => {
  const folder = await folderFor(t);
  const told = await doctor(folder, [], { env: { EARSHOT_FFMPEG: join(folder, 'no-ffmpeg') } });
  assert.equal(told.answers['audio-tools'], 'missing');
  assert.equal(told.exit, 0, 'Ogg Opus and WAV go without it');
  assert.equal(told.answers['server-reach'], undefined);
  assert.match(String(told.lines.find(({ probe }) => probe === 'audio-tools')?.['next']), /EARSHOT_FFMPEG/);
});

test('[CLI19] a line that never answers costs seconds, not minutes, and is told as silence', { timeout: 300_000 }, async (t) => {
  const folder = await folderFor(t);
  const silent = createPlain((socket) => socket.on('error', () => undefined));
  const port = await listening(t, silent);
  const told = await doctor(folder, ['--address', `http://127.0.0.1:${port}`]);
  assert.deepEqual([told.answers['connecting'], told.answers['server-reach']], ['opens', 'stalled']);
});
