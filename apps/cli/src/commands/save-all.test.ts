import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import type { Message } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { Stage } from '../perform.ts';
import type { Session } from '../profile/session.node.ts';
import { contextForTests } from '../testing/context.ts';
import { saveAll } from './save-all.ts';

const packet = Uint8Array.from({ length: 40 }, (_, at) => (at === 0 ? 31 << 3 : at));
const ogg = writeOggOpus({ packets: Array.from({ length: 50 }, () => packet), preSkip: 312, samples: 47_688 });

interface Has {
  ids: readonly string[];
  /** Of which of them the sound cannot be had. */
  lacking: string | null;
}

/** Somebody with messages of her own. */
function sessionWith(has: Has): Session {
  const messageOf = (id: string): Message => ({
    id, conversation: 'c1', seq: 1, time: Date.UTC(2026, 2, id.length, id.charCodeAt(0) % 24), from: 'p1', mine: true, samples: 47_688, seconds: 0.9935, waveform: Uint8Array.of(1), sha256: 'a'.repeat(64),
    fileName: null, words: null, forwarded: null, deliveredTo: [], heardBy: [], heard: true, here: true, expiry: null, keptFor: null, removed: null,
  }) as unknown as Message;
  const audio = (id: string): Promise<Uint8Array<ArrayBuffer>> => (id === has.lacking ? Promise.reject(new Failure('message.missing', { message: id })) : Promise.resolve(ogg));
  const find = async (): Promise<object> => ({ messages: has.ids.map(messageOf), count: has.ids.length, more: null });
  const earshot = { messages: { find, audio }, conversations: { get: async () => null } };
  return { earshot, me: async () => ({ person: 'p1', handle: 'anna', name: 'Anna' }) } as unknown as Session;
}

interface Folder extends AsyncDisposable {
  readonly path: string;
  readonly index: string;
  save(force?: boolean): Promise<{ code: number; lines: Record<string, unknown>[] }>;
  /** What the page plays, in its order, and the files of sound that lie beside it, in theirs. */
  played(): Promise<string[]>;
  sounds(): Promise<string[]>;
}

async function folderFor(has: Has): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'earshot-save-'));
  const index = join(path, 'index.html');
  return {
    path,
    index,
    save: async (force = false) => {
      const { context, out } = contextForTests({ cwd: path });
      const stage = new Stage(context);
      await stage.perform({ json: true }, (output) => saveAll(stage, sessionWith(has), output, { folder: '.', as: 'ogg', force, options: {} }));
      const lines = out().trim().split('\n').filter((line) => line !== '');
      return { code: stage.exitCode, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
    },
    played: async () => [...(await readFile(index, 'utf8')).matchAll(/<source src="([^"]+)"/g)].map(([, address = '']) => decodeURIComponent(address)),
    sounds: async () => (await readdir(path)).filter((name) => name.endsWith('.ogg')).toSorted(),
    [Symbol.asyncDispose]: async () => await rm(path, { recursive: true }),
  };
}

test('[SAVE3] one message without its sound is left out and named, all others are saved, with the page; the exit code is that of its reason, and done again it goes on', async () => {
  const has: Has = { ids: ['one', 'two', 'three'], lacking: 'two' };
  await using folder = await folderFor(has);
  const first = await folder.save();
  assert.equal(first.code, 69);
  assert.deepEqual(first.lines.slice(0, -1).map((line) => line['leftOut'] ?? line['message']), ['one', 'three', 'message.missing', 1]);
  assert.deepEqual([(await folder.played()).length, (await folder.sounds()).length], [2, 2]);
  has.lacking = null;
  const again = await folder.save();
  assert.deepEqual([again.code, again.lines.map((line) => line['leftOut'] ?? line['message'])], [0, ['two', 0]]);
  assert.equal((await folder.played()).length, 3);
});

test('[SAVE3] the page plays all that lies in the folder, in its order and each once, also what was saved with another choice or is no longer among the messages', async () => {
  const has: Has = { ids: ['one', 'three'], lacking: null };
  await using folder = await folderFor(has);
  await folder.save();
  has.ids = ['two', 'three'];
  const { lines } = await folder.save();
  assert.deepEqual(lines.map((line) => line['messages'] ?? line['message']), ['two', 3]);
  // Their names begin with the time.
  assert.deepEqual(await folder.played(), await folder.sounds());
  assert.equal((await folder.played()).length, 3);
});

test('[SAVE3] what somebody took out of the folder is not on the page; where it is among those to be saved, it is saved again', async () => {
  const has: Has = { ids: ['one', 'three'], lacking: null };
  await using folder = await folderFor(has);
  await folder.save();
  const [one = '', three = ''] = await folder.sounds();
  await Promise.all([one, three].map((name) => rm(join(folder.path, name))));
  await writeFile(join(folder.path, 'other.ogg'), ogg);
  await writeFile(join(folder.path, 'other.ogg.json'), '{"mine":true}');
  has.ids = ['three'];
  await folder.save();
  assert.deepEqual([await folder.played(), await folder.sounds()], [[three], [three, 'other.ogg']]);
});

test('[CLI9] somebody\'s own index.html is not written over without --force: that is said before anything is saved', async () => {
  await using folder = await folderFor({ ids: ['one'], lacking: null });
  await writeFile(folder.index, '<!doctype html><title>My garden</title>');
  const refused = await folder.save();
  assert.deepEqual([refused.code === 0, JSON.stringify(refused.lines).includes('file.exists')], [false, true]);
  assert.deepEqual(await readdir(folder.path), ['index.html']);
  assert.match(await readFile(folder.index, 'utf8'), /My garden/);
  assert.equal((await folder.save(true)).code, 0);
  assert.deepEqual(await folder.played(), await folder.sounds());
});
