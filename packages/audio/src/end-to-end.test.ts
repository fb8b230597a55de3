import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOggOpus } from './ogg-opus.ts';
import { OggOpusReader, readOggOpus, type OggOpusFile } from './ogg-opus-reader.ts';
import { isStereoPacket } from './opus-packet.ts';
import { startOpusFromPackage } from './opus-wasm.node.ts';
import { resampleAll } from './resample.ts';
import { align, windowScores } from './testing/correlate.ts';
import { decodeWithOpusdec, humanSpeech, scratch, tool } from './testing/tools.node.ts';
import { decodePackets, encodePcm } from './transcode.ts';
import { readWav } from './wav.ts';
import { writeWav } from './wav-writer.ts';

const codec = await startOpusFromPackage();
const RECORDINGS = [
  'cards/001.wav', 'cards/005.wav',
  'librivox/sense_and_sensibility_01_austen_64kb-0870.wav', 'librivox/sense_and_sensibility_01_austen_64kb-0930.wav',
];

/** The same speech: at once within a millisecond, and in each half second that is not silent. */
function assertSameSpeech(spoken: Float32Array, heard: Float32Array, least = 0.9): void {
  const found = align(spoken, heard, { maxLag: 48_000 });
  assert.ok(found.score > least, `score ${found.score}`);
  assert.ok(Math.abs(found.lag) <= 48, `lag ${found.lag}`);
  const windows = windowScores(spoken, heard, found.lag, 24_000);
  assert.ok(windows.length > 0);
  for (const { start, score } of windows) assert.ok(score > 0.5, `at ${(start / 48_000).toFixed(1)} s: ${score}`);
}

for (const name of RECORDINGS) {
  test(`[AU18] opusdec hears in our file what was spoken: ${name}`, async () => {
    const { mono, rate } = await humanSpeech(name);
    const encoded = encodePcm(codec, [mono], rate);
    const heard = await decodeWithOpusdec(writeOggOpus(encoded));
    const spoken = resampleAll(mono, rate);
    assert.equal(heard.length, spoken.length, 'not a sample more or less');
    assertSameSpeech(spoken, heard);
    assertSameSpeech(decodePackets(codec, encoded), heard, 0.999);
  });
}

test('[AU18] opusinfo and ffprobe find nothing to say against our file', async () => {
  const { mono, rate } = await humanSpeech('cards/001.wav');
  const encoded = encodePcm(codec, [mono], rate);
  await scratch(async (folder) => {
    const path = join(folder, 'ours.opus');
    await writeFile(path, writeOggOpus({ ...encoded, tags: { TITLE: 'A message' } }));
    const info = await tool('opusinfo', path);
    assert.doesNotMatch(info, /warning|error|negative|hole|missing|corrupt|unknown/i);
    assert.match(info, /Encoded with Earshot/);
    assert.match(info, /TITLE=A message/);
    const probed = await tool('ffprobe', '-v', 'warning', '-show_entries', 'stream=codec_name,channels:format=duration', '-of', 'csv=p=0', path);
    const [stream, duration] = probed.trim().split('\n');
    assert.equal(stream, 'opus,1');
    // ffprobe counts the pre-skip as well.
    assert.ok(Math.abs(Number(duration) - (encoded.samples + encoded.preSkip) / 48_000) < 0.001, probed);
  });
});

type Foreign = { readonly name: string; readonly stereo: boolean; readonly make: (wav: string, target: string) => Promise<unknown> };
const FOREIGN: readonly Foreign[] = [
  { name: 'opusenc, mono', stereo: false, make: (wav, target) => tool('opusenc', '--quiet', '--bitrate', '32', wav, target) },
  { name: 'opusenc, 60 ms', stereo: false, make: (wav, target) => tool('opusenc', '--quiet', '--framesize', '60', wav, target) },
  { name: 'opusenc, 2.5 ms', stereo: false, make: (wav, target) => tool('opusenc', '--quiet', '--framesize', '2.5', wav, target) },
  { name: 'ffmpeg, mono', stereo: false, make: (wav, target) => tool('ffmpeg', '-v', 'error', '-i', wav, '-c:a', 'libopus', '-b:a', '32k', target) },
  { name: 'ffmpeg, stereo', stereo: true, make: (wav, target) => tool('ffmpeg', '-v', 'error', '-i', wav, '-ac', '2', '-c:a', 'libopus', target) },
  {
    name: 'opusenc, stereo', stereo: true,
    make: async (wav, target) => {
      await tool('sox', wav, '-c', '2', `${wav}.stereo.wav`);
      return tool('opusenc', '--quiet', `${wav}.stereo.wav`, target);
    },
  },
];

for (const { name, stereo, make } of FOREIGN) {
  test(`[AU19] what others write is read with its exact length: ${name}`, async () => {
    const { mono, rate } = await humanSpeech('cards/001.wav');
    const spoken = resampleAll(mono, rate);
    const bytes = await scratch(async (folder) => {
      const [wav, target] = [join(folder, 'in.wav'), join(folder, 'out.opus')];
      await writeFile(wav, writeWav(spoken, 48_000));
      await make(wav, target);
      return readFile(target);
    });
    const file = readOggOpus(bytes);
    assert.equal(file.ending, 'whole');
    assert.equal(file.channels, stereo ? 2 : 1);
    assert.equal(file.packets.some(isStereoPacket), stereo);
    assert.equal(file.samples, spoken.length);
    assertSameSpeech(spoken, decodePackets(codec, file));
    await assertTakenOver(file, spoken);
  });
}

/** The packets of a foreign file, put in our own, are the same sound. */
async function assertTakenOver(file: OggOpusFile, spoken: Float32Array): Promise<void> {
  const heard = await decodeWithOpusdec(writeOggOpus({ packets: file.packets, preSkip: file.preSkip, samples: file.samples }));
  assert.equal(heard.length, spoken.length);
  assertSameSpeech(spoken, heard);
}

test('[AU19] a live stream from opusenc is read while it comes', async () => {
  const { path } = await humanSpeech('librivox/sense_and_sensibility_01_austen_64kb-0870.wav');
  await scratch(async (folder) => {
    const target = join(folder, 'out.opus');
    await tool('opusenc', '--quiet', '--raw', '--raw-rate', '16000', '--raw-chan', '1', path, target);
    const bytes = await readFile(target);
    const reader = new OggOpusReader();
    const half = reader.push(bytes.subarray(0, bytes.length / 2));
    assert.ok(half.length > 10);
    const rest = reader.push(bytes.subarray(bytes.length / 2));
    assert.equal(half.length + rest.length, reader.end().packetCount);
  });
});

/** How other programs write WAV: name, and the arguments that make it from `wav`. */
const WAVS: readonly (readonly [string, (wav: string, target: string) => readonly [string, ...string[]]])[] = [
  ['sox, 24 bit stereo at 44.1 kHz', (wav, target) => ['sox', wav, '-b', '24', '-c', '2', '-r', '44100', target]],
  ['sox, 8 bit', (wav, target) => ['sox', wav, '-b', '8', target]],
  ['sox, float', (wav, target) => ['sox', wav, '-e', 'floating-point', '-b', '32', target]],
  ['ffmpeg, with tags', (wav, target) => ['ffmpeg', '-v', 'error', '-i', wav, '-metadata', 'title=Hello', target]],
  ['ffmpeg, RF64', (wav, target) => ['ffmpeg', '-v', 'error', '-i', wav, '-rf64', 'always', target]],
  ['ffmpeg, six channels', (wav, target) => ['ffmpeg', '-v', 'error', '-i', wav, '-af', 'pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0', target]],
  ['ffmpeg, to a pipe', (wav, target) => ['sh', '-c', `ffmpeg -v error -i '${wav}' -f wav - | cat > '${target}'`]],
  ['sox, to a pipe', (wav, target) => ['sh', '-c', `sox '${wav}' -t raw - | sox -t raw -r 16000 -e signed -b 16 -c 1 - -t wav - 2>/dev/null | cat > '${target}'`]],
];

for (const [name, command] of WAVS) {
  test(`[AU11] [AU12] what others write is read: ${name}`, async () => {
    const { path, mono, rate } = await humanSpeech('cards/001.wav');
    const read = await scratch(async (folder) => {
      const target = join(folder, 'out.wav');
      const [program, ...args] = command(path, target);
      await tool(program, ...args);
      return readWav(await readFile(target));
    });
    assert.equal(read.ending, name.endsWith('pipe') ? 'open' : 'whole');
    assertSameSpeech(resampleAll(mono, rate), resampleAll(read.mono, read.format.sampleRate));
  });
}
