import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

/** Somebody with three messages of her own, one of which may be without its sound. */
function sessionWith(lacking: { id: string | null }): Session {
  const messages = ['one', 'two', 'three'].map((id, at) => ({
    id, conversation: 'c1', seq: at, time: Date.UTC(2026, 2, 1 + at), from: 'p1', mine: true, samples: 47_688, seconds: 0.9935, waveform: Uint8Array.of(1), sha256: 'a'.repeat(64),
    fileName: null, words: null, forwarded: null, deliveredTo: [], heardBy: [], heard: true, here: true, expiry: null, keptFor: null, removed: null,
  }) as unknown as Message);
  const audio = (id: string): Promise<Uint8Array<ArrayBuffer>> => (id === lacking.id ? Promise.reject(new Failure('message.missing', { message: id })) : Promise.resolve(ogg));
  const earshot = { messages: { find: async () => ({ messages, count: messages.length, more: null }), audio }, conversations: { get: async () => null } };
  return { earshot, me: async () => ({ person: 'p1', handle: 'anna', name: 'Anna' }) } as unknown as Session;
}

test('[SAVE3] one message without its sound is left out and named, all others are saved, with the page; the exit code is that of its reason, and done again it goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-save-'));
  const lacking: { id: string | null } = { id: 'two' };
  const session = sessionWith(lacking);
  const save = async (): Promise<{ code: number; lines: Record<string, unknown>[] }> => {
    const { context, out } = contextForTests({ cwd: folder });
    const stage = new Stage(context);
    await stage.perform({ json: true }, (output) => saveAll(stage, session, output, { folder: '.', as: 'ogg', options: {} }));
    return { code: stage.exitCode, lines: out().trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) };
  };
  const pieces = async (): Promise<number> => (await readFile(join(folder, 'index.html'), 'utf8')).split('<audio').length - 1;
  const first = await save();
  assert.equal(first.code, 69);
  assert.deepEqual(first.lines.slice(0, -1).map((line) => line['leftOut'] ?? line['message']), ['one', 'three', 'message.missing', 1]);
  assert.deepEqual([await pieces(), (await readdir(folder)).filter((name) => name.endsWith('.ogg')).length], [2, 2]);
  lacking.id = null;
  const again = await save();
  assert.deepEqual([again.code, again.lines.map((line) => line['leftOut'] ?? line['message'])], [0, ['two', 0]]);
  assert.equal(await pieces(), 3);
  await rm(folder, { recursive: true });
});
