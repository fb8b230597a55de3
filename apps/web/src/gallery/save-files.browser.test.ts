import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import type { Message } from '@earshot/client/earshot.ts';
import type { Kept } from '@earshot/client/saving/saved.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { unzipSync } from 'fflate';
import { folderOf } from './save-files.browser.ts';

const packet = Uint8Array.from({ length: 40 }, (_, at) => (at === 0 ? 31 << 3 : at));
const ogg = writeOggOpus({ packets: Array.from({ length: 50 }, () => packet), preSkip: 312, samples: 47_688 });

function keptAs(id: string, here = true): Kept {
  const message: Message = {
    id, conversation: 'c1', seq: 1, time: Date.UTC(2026, 2, 1), from: 'p1', mine: false, samples: 47_688, seconds: 0.9935, waveform: Uint8Array.of(1), sha256: 'a'.repeat(64),
    fileName: null, words: null, forwarded: null, state: { at: 'stored' }, kept: null, recipients: [], deliveredTo: [], heardBy: [], heard: true, place: 0, here, expiry: null, expires: null, keptFor: null, removed: null, resting: null, failure: null,
  };
  return { message, from: id, conversation: 'Tea' };
}

test('[SAVE3] messages whose sound cannot be had are left out of the file with the reason, and all others are in it; a server that is away is not waited for with each', async () => {
  const troubles: Readonly<Record<string, FailureCode>> = { lost: 'message.missing', torn: 'blob.damaged', sealed: 'key.vanished', odd: 'event.unreadable', far: 'network.stalled', 'as far': 'network.stalled' };
  const asked: string[] = [];
  const audio = ({ message: { id } }: Kept): Promise<Uint8Array<ArrayBuffer>> => {
    asked.push(id);
    const code = troubles[id];
    return code === undefined ? Promise.resolve(ogg) : Promise.reject(new Failure(code));
  };
  const all = [keptAs('lost'), keptAs('one'), ...['torn', 'sealed', 'odd', 'far', 'as far'].map((id) => keptAs(id, false)), keptAs('two')];
  const { zip, count, leftOut } = await folderOf(all, { as: 'ogg', audio, words: { language: 'en', title: 'Voice', when: String }, progress: () => undefined });
  assert.deepEqual(leftOut.map(({ message, failure }) => [message.id, failure.code]), Object.entries(troubles));
  assert.ok(!asked.includes('as far'));
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  assert.equal(count, 2);
  assert.deepEqual(Object.keys(files).filter((name) => name.endsWith('.ogg')).map((name) => ['one', 'two'].find((who) => name.includes(who))), ['one', 'two']);
  assert.equal(new TextDecoder().decode(files['index.html']).split('<audio').length - 1, 2);
});

test('[SAVE3] what the browser cannot decode is left out with the reason, and keeps no other from being saved in another form', async () => {
  const torn = ogg.slice(0, -8);
  Object.assign(globalThis, { OfflineAudioContext: class {
    decodeAudioData = async ({ byteLength }: ArrayBuffer) => {
      if (byteLength === torn.length) throw new DOMException('torn', 'EncodingError');
      return { getChannelData: () => new Float32Array(480) };
    };
  } });
  const audio = ({ message: { id } }: Kept): Promise<Uint8Array<ArrayBuffer>> => Promise.resolve(id === 'torn' ? torn : ogg);
  const { zip, count, leftOut } = await folderOf(['one', 'torn', 'two'].map((id) => keptAs(id)), { as: 'wav', audio, words: { language: 'en', title: 'Voice', when: String }, progress: () => undefined });
  assert.deepEqual(leftOut.map(({ message, failure }) => [message.id, failure.code]), [['torn', 'play.unsupported']]);
  assert.deepEqual([count, Object.keys(unzipSync(new Uint8Array(await zip.arrayBuffer()))).filter((name) => name.endsWith('.wav')).length], [2, 2]);
});

test('[SAVE3] what is in the way of all of them ends it', async () => {
  const audio = (): Promise<Uint8Array<ArrayBuffer>> => Promise.reject(new Failure('session.missing'));
  await assert.rejects(folderOf([keptAs('one')], { as: 'ogg', audio, words: { language: 'en', title: 'Voice', when: String }, progress: () => undefined }), { code: 'session.missing' });
});
