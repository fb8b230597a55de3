import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { heardFrom, likeness, spoken, tool, voice, voiceAs } from '../../apps/cli/src/testing/sounds.ts';
import { World, type Ended, type Line, type Running } from './cli-world.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const codeOf = ({ lines }: Ended): unknown => (lines.at(-1)?.['error'] as { code?: unknown } | undefined)?.code;

let world: World;
let anna: Line;
let ben: Line;
let annaListens: Running;
let benListens: Running;

before(async () => {
  world = await World.make();
  anna = await world.join('anna');
  ben = await world.join('ben');
  await world.by('carl', 'join', await world.invite(), '--name', 'carl', '--display-name', 'Twin');
  await world.by('carla', 'join', await world.invite(), '--name', 'carla', '--display-name', 'Twin');
  await world.join('dora');
  annaListens = await world.listen('anna');
  benListens = await world.listen('ben', '--save', join(world.folder, 'saved'));
});
after(async () => {
  await world[Symbol.asyncDispose]();
});

/** Sends as anna to ben, and returns what was printed and what ben's listener told. */
async function sent(file: string): Promise<{ line: Line; told: Line }> {
  const [line] = await world.by('anna', 'send', '--to', 'ben', file);
  assert(line !== undefined);
  return { line, told: await benListens.event('message', line['message']) };
}

async function assertVoice(path: string, least: number): Promise<void> {
  const { score, worst } = likeness(spoken(), await heardFrom(await readFile(path)));
  assert(score > least && worst > least - 0.1, `${path}: ${score}, ${worst}`);
}

test('join prints the person and the device; the profile is its owner’s only', async () => {
  assert.match(String(ben['person']), /^[0-9a-z]{26}$/);
  assert.match(String(ben['device']), /^[0-9a-z]{26}$/);
  assert.equal(ben['handle'], 'ben');
  assert.equal((await stat(world.profile('ben'))).mode & 0o077, 0, '[CLI14]');
});

test('[CLI2] [CLI7] WAV, Ogg Opus and MP3 arrive as what was spoken, and the saved file has the hash that send printed', async () => {
  const ogg = voiceAs(world.folder, 'voice.ogg', '-c:a', 'libopus');
  for (const [file, least] of [[voice, 0.95], [ogg, 0.95], [voiceAs(world.folder, 'voice.mp3'), 0.85]] as const) {
    const { line, told } = await sent(file);
    assert.match(String(line['sha256']), /^[0-9a-f]{64}$/);
    assert.equal(told['conversation'], line['conversation']);
    assert.equal(told['from'], anna['person']);
    assert.equal(told['fromName'], 'anna');
    assert.equal(told['sha256'], line['sha256']);
    const path = String(told['file']);
    assert.equal(sha256(await readFile(path)), line['sha256']);
    await assertVoice(path, least);
  }
  const names = await readdir(join(world.folder, 'saved'));
  for (const name of names) assert.match(name, /^\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d anna 7s( \(\d\))?\.ogg$/);
});

test('[CLI18] the sender is told that it was delivered, heard, and what was taken back', async () => {
  const { line } = await sent(voice);
  const { message } = line;
  const delivered = await annaListens.event('delivered', message);
  assert.deepEqual([delivered['from'], delivered['person'], delivered['device'], delivered['conversation']], [anna['person'], ben['person'], ben['device'], line['conversation']]);
  await world.by('ben', 'heard', String(message));
  const heard = await annaListens.event('heard', message);
  assert.deepEqual([heard['from'], heard['person']], [anna['person'], ben['person']]);
  // [CLI18] The whole way of it, place by place.
  const way = (await world.run('where', String(message), '--profile', world.profile('anna'), '--json')).lines;
  assert.deepEqual(way.map(({ at }) => at), ['recording', 'here', 'server', 'delivered', 'heard']);
  assert.deepEqual([way[3]?.['person'], way[3]?.['device'], way[4]?.['personName']], [ben['person'], ben['device'], 'ben']);
  const times = way.slice(2).map(({ time }) => Number(time));
  assert.deepEqual(times, times.toSorted((one, other) => one - other));
  await world.by('anna', 'remove', String(message));
  const removed = await benListens.event('removed', message);
  assert.deepEqual([removed['from'], removed['person']], [anna['person'], anna['person']]);
  const gone = await world.run('save', String(message), '--profile', world.profile('ben'), '--json');
  assert.equal(codeOf(gone), 'message.removed');
  assert.equal(gone.code, 67);
});

test('[CLI9] list and save', async () => {
  const { line } = await sent(voice);
  const id = String(line['message']);
  const [listed] = await world.by('ben', 'list', '--conversation', 'anna', '--limit', '1');
  assert.deepEqual([listed?.['message'], listed?.['sha256'], listed?.['fromName'], listed?.['heard'], listed?.['mine']], [id, line['sha256'], 'anna', false, false]);
  assert((await world.by('ben', 'list', '--unheard')).some(({ message }) => message === id));
  const [own] = await world.by('anna', 'list', '--conversation', 'ben', '--limit', '1');
  assert.equal(own?.['message'], id);

  const [saved] = await world.by('ben', 'save', id, 'out.ogg');
  assert.equal(saved?.['file'], join(world.folder, 'out.ogg'));
  assert.equal(sha256(await readFile(join(world.folder, 'out.ogg'))), line['sha256']);
  const again = await world.run('save', id, 'out.ogg', '--profile', world.profile('ben'), '--json');
  assert.equal(codeOf(again), 'file.exists');
  assert.equal(again.code, 73);
  await world.by('ben', 'save', id, 'out.ogg', '--force');
  await world.by('ben', 'save', id, 'out.wav');
  const wav = await readFile(join(world.folder, 'out.wav'));
  assert.equal(wav.readUInt32LE(24), 48_000);
  assert.equal(wav.subarray(0, 4).toString(), 'RIFF');
  const piped = world.start(['save', id, '-', '--profile', world.profile('ben')]);
  const chunks: Buffer[] = [];
  piped.child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  assert.equal((await piped.ended).code, 0);
  assert.equal(sha256(Buffer.concat(chunks)), line['sha256']);
  const missing = await world.run('save', '0'.repeat(26), '--profile', world.profile('ben'), '--json');
  assert.equal(codeOf(missing), 'not-found');
});

test('[CLI3] what cannot be sent is refused by its reason, and nothing stays', async () => {
  const folder = world.folder;
  const whole = await readFile(voice);
  const ogg = await readFile(voiceAs(folder, 'w.ogg', '-c:a', 'libopus'));
  const broken = Buffer.from(ogg);
  broken[broken.length >> 1] = (broken[broken.length >> 1] ?? 0) ^ 0xff;
  const cases: [name: string, bytes: Uint8Array | string, code: string][] = [
    ['empty.wav', '', 'audio.empty'], ['words.wav', 'words, and no sound', 'audio.not-audio'], ['torn.wav', whole.subarray(0, whole.length / 2), 'audio.torn'],
    ['torn.ogg', ogg.subarray(0, ogg.length / 2), 'audio.torn'], ['broken.ogg', broken, 'audio.damaged'],
  ];
  const known = await world.by('ben', 'list', '--limit', '1000');
  for (const [name, bytes, code] of cases) {
    await writeFile(join(folder, name), bytes);
    const ended = await world.run('send', '--to', 'ben', name, '--profile', world.profile('anna'), '--json');
    assert.equal(codeOf(ended), code, name);
    assert.equal(ended.code, 65, name);
    const stream = world.start(['send', '--to', 'ben', '-', '--profile', world.profile('anna'), '--json']);
    stream.child.stdin?.end(bytes);
    assert.equal(codeOf(await stream.ended), code, `${name} as a stream`);
  }
  const missing = await world.run('send', '--to', 'ben', 'missing.wav', '--profile', world.profile('anna'), '--json');
  assert.equal(codeOf(missing), 'file.unreadable');
  assert.equal(missing.code, 66);
  assert.deepEqual(await world.by('anna', 'outbox'), []);
  assert.deepEqual((await world.by('ben', 'list', '--limit', '1000')).map(({ message }) => message), known.map(({ message }) => message));
});

test('[CLI10] [CLI11] a name that nobody has, and one that several have', async () => {
  const unknown = await world.run('send', '--to', 'zoe', voice, '--profile', world.profile('anna'), '--json');
  assert.equal(codeOf(unknown), 'person.unknown');
  assert.equal(unknown.code, 67);
  const twins = await world.run('send', '--to', 'twin', voice, '--profile', world.profile('anna'), '--json');
  assert.equal(codeOf(twins), 'person.ambiguous');
  assert.match(twins.err, /@carl, @carla|@carla, @carl/);
});

test('[CLI10] somebody who joined after this device was last connected is found', async () => {
  await world.by('anna', 'send', '--to', 'ben', voice);
  await world.join('late');
  const [line] = await world.by('anna', 'send', '--to', 'late', voice);
  assert.equal((await world.by('late', 'list'))[0]?.['message'], line?.['message']);
});

test('groups, notes to oneself, blocking', async () => {
  const [made] = await world.by('anna', 'group', 'create', 'Night shift', '--members', 'ben,dora');
  const [line] = await world.by('anna', 'send', '--to', 'night shift', voice);
  assert.equal(line?.['conversation'], made?.['conversation']);
  await benListens.event('message', line?.['message']);
  await world.by('anna', 'group', 'rename', 'Night shift', 'Day shift');
  assert((await world.by('dora', 'conversations')).some(({ conversation, name }) => conversation === made?.['conversation'] && name === 'Day shift'));
  await world.by('anna', 'group', 'remove', 'Day shift', 'dora');
  const dora = await world.run('send', '--to', String(made?.['conversation']), voice, '--profile', world.profile('dora'), '--json');
  // Whether this device knew it already or the server said so.
  assert.match(String(codeOf(dora)), /^(conversation\.closed|not-found)$/);
  assert.equal(dora.code === 77 || dora.code === 67, true);

  const [note] = await world.by('anna', 'send', '--to', 'me', voice);
  const notes = await world.by('anna', 'list', '--conversation', 'me');
  assert.deepEqual(notes.map(({ message }) => message), [note?.['message']]);

  await world.by('ben', 'block', 'dora');
  assert((await world.by('ben', 'people')).some(({ handle, blocked }) => handle === 'dora' && blocked === true));
  await world.by('ben', 'unblock', 'dora');
});

test('[CLI11] invitations, passwords and devices', async () => {
  await writeFile(join(world.folder, 'password'), 'three unrelated words\n');
  await writeFile(join(world.folder, 'wrong'), 'three related words\n');
  const link = await world.invite();
  const [joined] = await world.by('emil', 'join', link, '--name', 'emil', '--password-file', 'password');
  await writeFile(join(world.folder, 'code'), `${String(joined?.['recoveryCode'])}\n`);
  const used = await world.run('join', link, '--name', 'other', '--profile', world.profile('other'), '--json');
  assert.equal(codeOf(used), 'invitation.used');
  assert.equal(used.code, 77);
  const taken = await world.run('join', await world.invite(), '--name', 'Emil', '--profile', world.profile('other'), '--json');
  assert.equal(codeOf(taken), 'handle.taken');
  const unknown = await world.run('join', `${world.origin}/join#${'0'.repeat(26)}`, '--name', 'other', '--profile', world.profile('other'), '--json');
  assert.equal(codeOf(unknown), 'invitation.unknown');
  const login = (name: string, file: string, profile: string): Promise<Ended> =>
    world.run('login', '--server', world.origin, '--name', name, '--password-file', file, '--profile', world.profile(profile), '--json');
  const wrong = await login('emil', 'wrong', 'second');
  const nobody = await login('nobody', 'password', 'second');
  assert.deepEqual([codeOf(wrong), wrong.code], ['session.credentials', 77]);
  assert.deepEqual([codeOf(nobody), nobody.code], ['session.credentials', 77]);
  const second = await login('emil', 'password', 'second');
  assert.equal(second.code, 0, second.err);
  assert.equal(second.lines[0]?.['locked'], true);
  const locked = await world.run('conversations', '--profile', world.profile('second'), '--json');
  assert.deepEqual([codeOf(locked), locked.code], ['device.locked', 77]);
  await writeFile(join(world.folder, 'typed'), `${String(joined?.['recoveryCode']).replace(/.$/, 'U')}\n`);
  assert.equal(codeOf(await world.run('unlock', '--recovery-code-file', 'typed', '--profile', world.profile('second'), '--json')), 'recovery.mistyped');
  await world.by('second', 'unlock', '--recovery-code-file', 'code');
  const devices = await world.by('emil', 'devices');
  assert.equal(devices.length, 2);
  await world.by('emil', 'devices', '--revoke', String(second.lines[0]?.['device']));
  const revoked = await world.run('devices', '--profile', world.profile('second'), '--json');
  assert.match(String(codeOf(revoked)), /^session\.(revoked|missing)$|^device\.profile-empty$/);
});

test('[CLI24] a profile with a passphrase opens with that passphrase only', async () => {
  await writeFile(join(world.folder, 'pass'), 'plum jam conspiracy\n');
  await writeFile(join(world.folder, 'other-pass'), 'quince jam conspiracy\n');
  const profile = ['--profile', world.profile('greta'), '--json'];
  const under = async (file: string | null, ...args: string[]): Promise<Ended> => {
    const running = world.start([...args, ...profile], file === null ? {} : { EARSHOT_PASSPHRASE_FILE: join(world.folder, file) });
    running.child.stdin?.end();
    return await running.ended;
  };
  assert.equal((await under('pass', 'join', await world.invite(), '--name', 'greta')).code, 0);
  assert.equal((await under('pass', 'devices')).code, 0);
  assert.deepEqual([codeOf(await under('other-pass', 'devices')), codeOf(await under(null, 'devices'))], ['passphrase.wrong', 'passphrase.missing']);
});

test('the operator sees the people and keeps one out', async () => {
  await world.join('finn');
  const accounts = (await world.run('accounts', '--data', world.data, '--json')).lines;
  assert(accounts.some(({ handle, state }) => handle === 'finn' && state === 'active'));
  assert.equal((await world.run('disable', 'finn', '--data', world.data)).code, 0);
  const ended = await world.run('send', '--to', 'ben', voice, '--profile', world.profile('finn'), '--json');
  assert.notEqual(ended.code, 0);
  assert.match(String(codeOf(ended)), /^account\.disabled$|^session\./);
  assert.equal((await world.run('enable', 'finn', '--data', world.data)).code, 0);
  assert.equal((await world.run('disable', 'nobody', '--data', world.data)).code, 67);
});

test('tools read what was saved', () => {
  tool('opusinfo', join(world.folder, 'out.ogg'));
});

test('[SAVE3] a folder of messages: each as MP3 with tags, what is known of it, and a page; done again it goes on where it was', async () => {
  const { line } = await sent(voice);
  const message = String(line['message']);
  const folder = join(world.folder, 'all of it');
  const asBen = ['--profile', world.profile('ben'), '--json'];
  const saved = await world.run('save', '--all', '--from', 'anna', '--as', 'mp3', folder, ...asBen);
  assert.equal(saved.code, 0, saved.err);
  const file = String(saved.lines.find((one) => one['message'] === message)?.['file']);
  const { format } = JSON.parse(tool('ffprobe', '-v', 'error', '-show_entries', 'format=duration:format_tags', '-of', 'json', file)) as { format: { duration: string; tags: Record<string, string> } };
  assert(Math.abs(Number(format.duration) - Number(line['seconds'])) < 0.2);
  assert.equal(format.tags['artist'], 'anna');
  assert.match(format.tags['comment'] ?? '', new RegExp(String(line['sha256'])));
  const known = JSON.parse(await readFile(`${file}.json`, 'utf8')) as { sha256: string; file: { sha256: string } };
  assert.deepEqual([known.sha256, known.file.sha256], [line['sha256'], sha256(await readFile(file))]);
  assert.match(await readFile(join(folder, 'index.html'), 'utf8'), /<audio controls/);
  tool('ffmpeg', '-loglevel', 'error', '-i', file, '-c:a', 'libopus', join(world.folder, 'heard again.ogg'));
  await assertVoice(join(world.folder, 'heard again.ogg'), 0.8);
  const again = await world.run('save', '--all', '--from', 'anna', '--as', 'mp3', folder, ...asBen);
  assert.deepEqual(again.lines.map((one) => one['index'] ?? one['message']), [join(folder, 'index.html')]);
});

test('[FIND4] [FWD1] [CLI11] words find a message on the command line, and it is said on to one\'s notes; refused, that is said', async () => {
  const { line } = await sent(voice);
  const message = String(line['message']);
  await world.by('ben', 'words', message, 'plum', 'cake');
  assert.deepEqual((await world.by('ben', 'find', 'PLUM', '--from', 'anna', '--shortest', '3')).map((one) => one['message']), [message]);
  const [forwarded] = await world.by('ben', 'forward', message, '--to', 'me');
  assert.equal(forwarded?.['sha256'], line['sha256']);
  const [note] = await world.by('ben', 'find', '--to', 'me');
  assert.deepEqual([note?.['message'], note?.['sha256']], [forwarded?.['message'], line['sha256']]);
  assert.equal((note?.['forwarded'] as { said: { by: string } } | undefined)?.said.by, anna['person']);
  // Refused, it is not forwarded.
  await world.by('anna', 'block', 'ben');
  const refused = await world.run('forward', message, '--to', 'anna', '--profile', world.profile('ben'), '--json');
  await world.by('anna', 'unblock', 'ben');
  assert.equal((refused.lines.at(-1)?.['error'] as { code?: unknown } | undefined)?.code, 'conversation.closed');
  assert.notEqual(refused.code, 0);
});
