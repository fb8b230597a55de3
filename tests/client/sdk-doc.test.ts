import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { readInvitation } from '@earshot/client/keys/invitation.ts';
import type { EarshotOptions } from '@earshot/client/create.ts';
import type { Earshot, Happening } from '@earshot/client/earshot.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import { packets, PRE_SKIP, town } from './town.ts';

const page = await readFile(new URL('../../docs/sdk.md', import.meta.url), 'utf8');
const program = /```ts program\.ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
/** What follows `node scripts/run.mjs` on the line that runs it. */
const [line = ''] = /(?<=\nnode scripts\/run\.mjs )program\.ts .+/.exec(page) ?? [];

test('[SDK1] the program in the documentation is complete, has under 40 lines, and does what it says', { timeout: 120_000 }, async () => {
  assert(program.trim().split('\n').length < 40);
  await using place = await town();
  // Within the checkout, because that is where its imports are found.
  const dir = await mkdtemp(new URL('sdk-program-', import.meta.url).pathname);
  try {
    await writeFile(join(dir, 'program.ts'), program);
    const content = { packets: packets(120), preSkip: PRE_SKIP, samples: 120 * 960 - PRE_SKIP };
    const file = writeOggOpus(content);
    await writeFile(join(dir, 'hello.ogg'), file);
    const sha256 = createHash('sha256').update(file).digest('hex');

    const host = await place.person('host');
    const inviteOne = (await host.people.invite()).secret;
    const inviteTwo = (await host.people.invite()).secret;
    const first = spawn(process.execPath, line.replace('https://voice.example.org', place.origin).replace('SECRET', inviteOne).split(' '), { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(first, 'exit');
    const lines = createInterface(first.stdout)[Symbol.asyncIterator]();
    assert.match(String((await lines.next()).value), new RegExp(`^sent \\w{26} ${sha256}$`));

    // The host answers anna, who is waiting for it, with what she sent.
    await host.synced();
    const conversation = (await host.conversations.list()).find(({ kind }) => kind === 'direct');
    assert(conversation);
    const growing = await host.outgoing.begin({ take: '0123456789abcdefghjkmnpqrs', conversation: conversation.id });
    await growing.append(content.packets);
    await growing.send({ samples: content.samples, preSkip: PRE_SKIP, waveform: new Uint8Array(), source: { from: 'microphone' } });
    assert.equal((await lines.next()).value, 'received answer.ogg');
    assert.equal((await ended)[0], 0);
    assert.deepEqual(new Uint8Array(await readFile(join(dir, 'answer.ogg'))), file);

    // A second run of it by somebody else fails in words when the invitation is used up.
    await assert.rejects(promisify(execFile)(process.execPath, ['program.ts', place.origin, inviteOne, 'bert', 'hello.ogg', 'x.ogg'], { cwd: dir }), /invitation\.used/);
    const token = await invitationToken(readInvitation(inviteTwo).secret);
    await host.people.withdraw(createHash('sha256').update(token).digest('hex'));
  } finally {
    await rm(dir, { recursive: true });
  }
});

const are = <K extends string>(names: Record<K, true>): readonly string[] => Object.keys(names);
/** The faces whose verbs stand in a row of their own. */
type Face = 'account' | 'linking' | 'people' | 'conversations' | 'messages' | 'listening' | 'outgoing' | 'drafts' | 'waking' | 'recovery' | 'storage';

/** All there is; what is new in the types is missing here before it is missing in the page. */
const faces: { readonly [F in Face]: readonly string[] } = {
  account: are<keyof Earshot['account']>({
    current: true, ended: true, join: true, recoveryCode: true, recoveryKept: true, renewRecovery: true, unlock: true, beginAnew: true, recover: true, signIn: true, passkeySignInOptions: true, passkeySignIn: true,
    passkeyOptions: true, addPasskey: true, removePasskey: true, setPassword: true, rename: true, me: true, devices: true, revokeDevice: true, ownSecret: true, signOut: true, deleteAccount: true,
  }),
  linking: are<keyof Earshot['linking']>({ offer: true, accept: true, ask: true, asking: true, compare: true, refuse: true }),
  people: are<keyof Earshot['people']>({ list: true, invite: true, invitations: true, withdraw: true, block: true, safety: true, compared: true, accept: true }),
  conversations: are<keyof Earshot['conversations']>({
    list: true, get: true, changes: true, direct: true, createGroup: true, rename: true, add: true, remove: true, promote: true, leave: true, mute: true, setExpiry: true, expiryRules: true,
  }),
  messages: are<keyof Earshot['messages']>({
    list: true, get: true, find: true, forward: true, keepWords: true, audio: true, ask: true, heard: true, remove: true, removeForMe: true, restore: true, removeForGood: true, recentlyDeleted: true, keep: true,
  }),
  listening: are<keyof Earshot['listening']>({ keepPlace: true, speed: true, keepSpeed: true }),
  outgoing: are<keyof Earshot['outgoing']>({ begin: true, reopen: true, tryNow: true, lookAgain: true, retry: true, underWay: true, discard: true, stored: true }),
  drafts: are<keyof Earshot['drafts']>({ list: true, audio: true, send: true, discard: true, resting: true, restore: true, forget: true, discarded: true, follow: true }),
  waking: are<keyof Earshot['waking']>({ key: true, subscribe: true, isOn: true, renew: true, unsubscribe: true, news: true }),
  recovery: are<keyof Earshot['recovery']>({ where: true, fetch: true, askFor: true, asked: true, answer: true, answerDevices: true, gather: true, copy: true, bringBack: true, backups: true, remember: true }),
  storage: are<keyof Earshot['storage']>({ report: true, free: true }),
};
const others = are<Exclude<Extract<keyof Earshot, string>, Face>>({ start: true, synced: true, caughtUp: true, fetched: true, settled: true, obstacle: true, now: true, atLeast: true, on: true, connection: true });
const happenings = are<Happening['type']>({
  account: true, people: true, conversations: true, connection: true, message: true, changed: true, delivered: true, heard: true, removed: true, ending: true, asked: true, drafts: true, refused: true, fault: true, progress: true,
});
const options = are<keyof EarshotOptions>({
  store: true, transport: true, locks: true, clock: true, random: true, primitives: true, forgetAtRest: true, onDamage: true, channel: true, online: true, offline: true,
});

test('[SDK2] the table of the documentation names every face with its verbs, and every happening', () => {
  const rows = page.slice(page.indexOf('| face | for |')).split('\n').slice(2).filter((row) => row.startsWith('|')).map((row) => row.split('|').slice(1, 3));
  const namesIn = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
  assert.deepEqual(rows.flatMap(([face = '']) => namesIn(face)).toSorted(), [...Object.keys(faces), ...others].toSorted());
  for (const [face, verbs] of [...Object.entries(faces), ['on', happenings] as const]) {
    const [, row = ''] = rows.find(([first = '']) => namesIn(first).includes(face)) ?? [];
    assert.deepEqual(new Set(namesIn(row)), new Set(verbs), face);
  }
  const [, given = ''] = /createEarshot\(\{ (.*?) \}\)/.exec(page) ?? [];
  assert.deepEqual(given.split(', ').map((name) => name.replace('?', '')).toSorted(), options.toSorted());
});
