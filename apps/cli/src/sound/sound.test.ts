import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { AudioError } from '@earshot/audio/audio-error.ts';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { writeWav } from '@earshot/audio/wav-writer.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { contextForTests } from '../testing/context.ts';
import { heardFrom, likeness, spoken, tool, voice, voiceAs } from '../testing/sounds.ts';
import { audioFailure } from './audio-failure.ts';
import { judge } from './ffmpeg.node.ts';
import { openSound } from './open.node.ts';
import { sniff } from './sniff.ts';
import type { SoundSource } from './source.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-sound-'));
});
after(async () => {
  await rm(folder, { recursive: true });
});

interface Read {
  readonly packets: Uint8Array[];
  readonly file: Uint8Array;
  readonly waveform: Uint8Array;
}

async function readAll(source: SoundSource): Promise<Read> {
  const packets: Uint8Array[] = [];
  for await (const batch of source.packets()) packets.push(...batch);
  const { samples, preSkip, waveform } = source.details();
  return { packets, file: writeOggOpus({ packets, samples, preSkip }), waveform };
}

async function readFileSound(path: string, env: Record<string, string> = {}): Promise<Read> {
  return await readAll(await openSound({ ...contextForTests().context, env }, path));
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof AudioError) return audioFailure(error).code;
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'accepted';
}

async function assertVoice(path: string, least = 0.97): Promise<Read> {
  const read = await readFileSound(path);
  const { score, worst, lag } = likeness(spoken(), await heardFrom(read.file));
  assert(score > least && worst > least - 0.07, `${path}: ${score}, ${worst}`);
  assert(Math.abs(lag) < 4_800, `${path}: ${lag} samples late`);
  assert(read.waveform.some((bar) => bar > 100));
  return read;
}

async function cut(path: string, name: string, part: number): Promise<string> {
  const bytes = await readFile(path);
  await writeFile(join(folder, name), bytes.subarray(0, Math.floor(bytes.length * part)));
  return join(folder, name);
}

test('[CLI15] Ogg Opus of 20 ms packets is taken over packet by packet, in one channel and in two', async () => {
  for (const channels of ['1', '2']) {
    const path = voiceAs(folder, `plain${channels}.ogg`, '-ac', channels, '-c:a', 'libopus');
    const { packets } = await assertVoice(path, 0.95);
    assert.deepEqual(packets, readOggOpus(await readFile(path)).packets);
  }
});

test('Ogg Opus of other packets is encoded again', async () => {
  const path = join(folder, 'long.ogg');
  tool('opusenc', '--quiet', '--framesize', '60', voice, path);
  const { packets } = await assertVoice(path, 0.95);
  assert.equal(packets.length, Math.ceil((spoken().length + 312) / 960));
});

test('WAV of any rate, width and number of channels', async () => {
  await assertVoice(voice);
  await assertVoice(voiceAs(folder, 'cd.wav', '-ar', '44100', '-ac', '2'));
  await assertVoice(voiceAs(folder, 'float.wav', '-ar', '48000', '-c:a', 'pcm_f32le'));
  await assertVoice(voiceAs(folder, 'deep.wav', '-ar', '96000', '-ac', '6', '-c:a', 'pcm_s24le'), 0.9);
});

test('other formats go through ffmpeg', async () => {
  for (const name of ['a.mp3', 'a.m4a', 'a.flac', 'a.aiff', 'a.webm', 'vorbis.ogg']) {
    await assertVoice(voiceAs(folder, name, ...(name === 'vorbis.ogg' ? ['-c:a', 'libvorbis'] : [])), 0.85);
  }
  await assertVoice(voiceAs(folder, 'law.wav', '-c:a', 'adpcm_ima_wav'), 0.85);
});

test('without ffmpeg its formats are refused, what is no sound as such, and nothing else is', async () => {
  const env = { EARSHOT_FFMPEG: join(folder, 'no-ffmpeg') };
  const text = join(folder, 'text.mp3');
  await writeFile(text, 'not a sound at all, only words');
  assert.equal(await codeOf(readFileSound(voiceAs(folder, 'b.mp3'), env)), 'audio.needs-ffmpeg');
  assert.equal(await codeOf(readFileSound(text, env)), 'audio.not-audio');
  assert.equal(await codeOf(readFileSound(voice, env)), 'accepted');
});

test('[CLI3] what cannot be used is refused by its reason', async () => {
  const write = async (name: string, bytes: string | Uint8Array): Promise<string> => {
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  };
  assert.equal(await codeOf(readFileSound(join(folder, 'missing.wav'))), 'file.unreadable');
  assert.equal(await codeOf(readFileSound(folder)), 'file.unreadable');
  assert.equal(await codeOf(readFileSound(await write('empty.wav', ''))), 'audio.empty');
  assert.equal(await codeOf(readFileSound(await write('silent.wav', writeWav(new Float32Array(0), 48_000)))), 'audio.empty');
  assert.equal(await codeOf(readFileSound(await write('text.ogg', 'These are words, whatever the name of the file says.'))), 'audio.not-audio');
  assert.equal(await codeOf(readFileSound(await write('short.wav', 'RIFF'))), 'audio.torn');
  assert.equal(await codeOf(readFileSound(await cut(voice, 'torn.wav', 0.6))), 'audio.torn');
  const ogg = voiceAs(folder, 'whole.ogg', '-c:a', 'libopus');
  assert.equal(await codeOf(readFileSound(await cut(ogg, 'torn.ogg', 0.6))), 'audio.torn');
  const damaged = await readFile(ogg);
  damaged[Math.floor(damaged.length / 2)] = (damaged[Math.floor(damaged.length / 2)] ?? 0) ^ 0xff;
  assert.equal(await codeOf(readFileSound(await write('damaged.ogg', damaged))), 'audio.damaged');
  const longer = await readFile(voice);
  longer.writeUInt32LE(longer.length * 2, longer.indexOf('data') + 4);
  assert.equal(await codeOf(readFileSound(await write('claims.wav', longer))), 'audio.torn');
});

test('[CLI3] files for ffmpeg that are cut or damaged are refused as well', async () => {
  for (const name of ['c.mp3', 'c.m4a', 'c.flac', 'c.webm', 'cv.ogg']) {
    const path = voiceAs(folder, name, ...(name === 'cv.ogg' ? ['-c:a', 'libvorbis'] : []));
    assert.equal(await codeOf(readFileSound(await cut(path, `torn-${name}`, 0.6))), 'audio.torn', name);
    const bytes = await readFile(path);
    bytes.fill(0xaa, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 2_000);
    await writeFile(join(folder, `damaged-${name}`), bytes);
    assert.match(await codeOf(readFileSound(join(folder, `damaged-${name}`))), /^audio\.(damaged|torn)$/, name);
  }
});

test('what ffmpeg says decides, also when it ends with 0', () => {
  const refusal = (exit: number, said: string, seconds: number): string => {
    try {
      judge({ exit, said, seconds });
    } catch (error) {
      return error instanceof Failure ? error.code : String(error);
    }
    return 'accepted';
  };
  assert.equal(refusal(0, '  Duration: 00:00:10.00, start', 9.9), 'accepted');
  assert.equal(refusal(0, '  Duration: 00:00:10.00, start', 6), 'audio.torn');
  assert.equal(refusal(0, '  Duration: 00:00:10.00, start\nEstimating duration from bitrate', 6), 'accepted');
  assert.equal(refusal(0, 'Error while decoding stream #0:0', 6), 'audio.damaged');
  assert.equal(refusal(1, "Stream map '0:a:0' matches no streams.", 0), 'audio.not-audio');
});

test('[CLI4] a stream is given out while it comes: Ogg Opus page by page, WAV without a length by the sample', async () => {
  const raw = await readFile(voiceAs(folder, 'stream.ogg', '-c:a', 'libopus', '-page_duration', '100000'));
  const endless = await readFile(voice);
  endless.writeUInt32LE(0xffffffff, endless.indexOf('data') + 4);
  for (const [name, bytes] of [['ogg', raw], ['wav', endless]] as const) {
    const input = new PassThrough();
    input.write(bytes.subarray(0, bytes.length / 2));
    const source = await openSound({ ...contextForTests().context, in: input }, '-');
    const packets = source.packets();
    const early: Uint8Array[] = [];
    while (early.length < 100) {
      const next = await packets.next();
      assert(next.done !== true, name);
      early.push(...next.value);
    }
    input.end(bytes.subarray(bytes.length / 2));
    for (let next = await packets.next(); next.done !== true; next = await packets.next()) early.push(...next.value);
    const { samples, preSkip } = source.details();
    const { score, worst } = likeness(spoken(), await heardFrom(writeOggOpus({ packets: early, samples, preSkip })));
    assert(score > 0.95 && worst > 0.85, `${name}: ${score}, ${worst}`);
  }
});

test('[CLI3] a stream that is torn, empty or no audio is refused; so is one that needs a whole file', async () => {
  const stream = (bytes: Uint8Array | string): Promise<string> => {
    const input = new PassThrough();
    input.end(bytes);
    return codeOf(openSound({ ...contextForTests().context, in: input }, '-').then(readAll));
  };
  const ogg = await readFile(voiceAs(folder, 'stream2.ogg', '-c:a', 'libopus'));
  assert.equal(await stream(ogg), 'accepted');
  assert.equal(await stream(ogg.subarray(0, ogg.length / 2)), 'audio.torn');
  assert.equal(await stream((await readFile(voice)).subarray(0, 60_000)), 'audio.torn');
  assert.equal(await stream(''), 'audio.empty');
  assert.equal(await stream('words'), 'audio.not-audio');
  assert.equal(await stream(await readFile(voiceAs(folder, 'd.mp3'))), 'audio.unsupported');
});

test('an interrupt ends the wait for a stream', async () => {
  const ending = new AbortController();
  const opening = openSound({ ...contextForTests().context, ending: ending.signal }, '-');
  ending.abort(130);
  await assert.rejects(opening, { name: 'AbortError' });
});

test('what a file is follows from its first bytes', () => {
  const kind = (text: string): string => sniff(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  assert.equal(kind('OggS\0'), 'ogg');
  assert.equal(kind('RIFF....WAVEfmt '), 'wav');
  assert.equal(kind('RIFF....AVI LIST'), 'other-audio');
  assert.equal(kind('\0\0\0\x20ftypM4A '), 'other-audio');
  assert.equal(kind('\xff\xfb\x90'), 'other-audio');
  assert.equal(kind('\xff\xff\xff'), 'unknown');
  assert.equal(kind('hello'), 'unknown');
});
