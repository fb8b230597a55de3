import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AudioError } from './audio-error.ts';
import { readWav, requireWholeWav, WavReader } from './wav.ts';
import { writeWav } from './wav-writer.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const join = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

const chunk = (id: string, content: Uint8Array, size = content.length): Uint8Array =>
  join(text(id), u32(size), content, new Uint8Array(content.length % 2));

function format(tag: number, channels: number, rate: number, bits: number, extra: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(16 + extra.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, rate, true);
  view.setUint32(8, (rate * channels * bits) / 8, true);
  view.setUint16(12, (channels * bits) / 8, true);
  view.setUint16(14, bits, true);
  bytes.set(extra, 16);
  return bytes;
}

const GUID = Uint8Array.of(0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71);
/** The 24 bytes that make a format extensible, for sub-format `tag`. */
const extensible = (tag: number, bits: number): Uint8Array => join(Uint8Array.of(22, 0, bits, 0, 0, 0, 0, 0, tag, 0), GUID);
const riff = (...chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const body = join(text('WAVE'), ...chunks);
  return join(text('RIFF'), u32(body.length), body);
};

function refused(reason: string, detail: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AudioError, String(error));
    assert.deepEqual([error.reason, error.detail], [reason, detail]);
    return true;
  };
}

/** -1, -0.5, 0, 0.5 in each encoding. */
const VALUES = [-1, -0.5, 0, 0.5];
function encode(bits: number, float: boolean): Uint8Array {
  const bytes = new Uint8Array(VALUES.length * (bits / 8));
  const view = new DataView(bytes.buffer);
  for (const [index, value] of VALUES.entries()) {
    const at = index * (bits / 8);
    if (float && bits === 32) view.setFloat32(at, value, true);
    else if (float) view.setFloat64(at, value, true);
    else if (bits === 8) view.setUint8(at, value * 128 + 128);
    else if (bits === 16) view.setInt16(at, value * 32_768, true);
    else if (bits === 32) view.setInt32(at, value * 2 ** 31, true);
    else for (let byte = 0; byte < 3; byte += 1) view.setUint8(at + byte, ((value * 2 ** 23) >> (8 * byte)) & 255);
  }
  return bytes;
}

test('[AU11] every encoding is read, plain and extensible', () => {
  for (const [bits, float] of [[8, false], [16, false], [24, false], [32, false], [32, true], [64, true]] as const) {
    const data = chunk('data', encode(bits, float));
    const tag = float ? 3 : 1;
    for (const chunks of [format(tag, 1, 8_000, bits), format(0xfffe, 1, 8_000, bits, extensible(tag, bits))]) {
      const read = readWav(riff(chunk('fmt ', chunks), data));
      assert.deepEqual([...read.mono], VALUES, `${bits} ${float}`);
      assert.deepEqual([read.frames, read.claimedFrames, read.ending], [4, 4, 'whole']);
    }
  }
});

test('[AU11] channels are mixed by their average', () => {
  const read = readWav(riff(chunk('fmt ', format(1, 2, 44_100, 16)), chunk('data', encode(16, false))));
  assert.deepEqual([...read.mono], [-0.75, 0.25]);
  assert.equal(read.format.sampleRate, 44_100);
});

test('[AU11] chunks before and behind the sound are stepped over', () => {
  const list = chunk('LIST', text('INFOabc'));
  const file = riff(list, chunk('fmt ', format(1, 1, 8_000, 8)), list, chunk('data', encode(8, false).subarray(0, 3)), list, list);
  const read = readWav(file);
  assert.deepEqual([[...read.mono], read.ending], [VALUES.slice(0, 3), 'whole']);
});

test('[AU11] pieces cut anywhere give the same frames', () => {
  const samples = Float32Array.from({ length: 500 }, (_, at) => (Math.round(Math.sin(at) * 1_000) + 0) / 32_768);
  const file = join(writeWav(samples, 16_000), chunk('LIST', text('INFO')));
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
    const reader = new WavReader();
    const read: number[] = [];
    for (let at = 0; at < file.length; at += size) read.push(...reader.push(file.subarray(at, at + size)));
    assert.deepEqual(read, [...samples]);
    assert.deepEqual([reader.end().frames, reader.end().ending], [500, 'whole']);
  }));
});

test('[AU11] RF64 tells its length in 64 bits', () => {
  const data = encode(16, false);
  const ds64 = chunk('ds64', join(u32(0), u32(0), u32(data.length), u32(0), u32(0), u32(0), u32(0)));
  const body = join(text('WAVE'), ds64, chunk('fmt ', format(1, 1, 8_000, 16)), chunk('data', data, 0xffffffff));
  const file = join(text('RF64'), u32(0xffffffff), body);
  assert.deepEqual([[...readWav(file).mono], readWav(file).ending], [VALUES, 'whole']);
  assert.equal(readWav(file.subarray(0, -2)).ending, 'torn');
});

test('[AU12] a file that claims no length is read to its end', () => {
  const parts = [chunk('fmt ', format(1, 1, 8_000, 16))];
  for (const size of [0, 0xffffffff, 0x7ffff000]) {
    for (const riffSize of [0, 0xffffffff, 0x7ffff024, 36]) {
      if (size !== 0 && riffSize === 36) continue;
      if (size === 0 && riffSize > 36) continue;
      const file = join(text('RIFF'), u32(riffSize), text('WAVE'), ...parts, chunk('data', encode(16, false), size));
      const read = readWav(file);
      assert.deepEqual([[...read.mono], read.ending, read.claimedFrames], [VALUES, 'open', null]);
      requireWholeWav(read);
    }
  }
});

test('[AU12] a file that is shorter or longer than it claims says so', () => {
  const head = chunk('fmt ', format(1, 1, 8_000, 16));
  const torn = readWav(riff(head, chunk('data', encode(16, false), 100)));
  assert.deepEqual([torn.frames, torn.claimedFrames, torn.ending], [4, 50, 'torn']);
  assert.throws(() => requireWholeWav(torn), refused('torn', 'wav'));
  const mid = readWav(riff(head, chunk('data', encode(16, false).subarray(0, 7), 8)).subarray(0, -1));
  assert.deepEqual([mid.frames, mid.ending], [3, 'torn']);
  const overlong = readWav(riff(head, chunk('data', join(encode(16, false), new Uint8Array(50)), 8)));
  assert.deepEqual([overlong.frames, overlong.ending], [4, 'overlong']);
  assert.throws(() => requireWholeWav(overlong), refused('damaged', 'wav-length'));
});

test('[AU8] what is no WAV, or none that we read, is told apart', () => {
  const data = chunk('data', encode(16, false));
  assert.throws(() => readWav(new Uint8Array(0)), refused('empty', 'no-bytes'));
  assert.throws(() => readWav(text('Hello world, hello')), refused('not-audio', 'wav'));
  assert.throws(() => readWav(join(text('RIFF'), u32(4), text('AVI '))), refused('not-audio', 'riff'));
  assert.throws(() => readWav(join(text('RIFX'), u32(4), text('WAVE'))), refused('unsupported', 'wav-encoding'));
  assert.throws(() => readWav(writeWav(new Float32Array(4), 8_000).subarray(0, 30)), refused('torn', 'headers'));
  assert.throws(() => readWav(writeWav(new Float32Array(0), 8_000)), refused('empty', 'no-sound'));
  assert.throws(() => readWav(riff(data)), refused('damaged', 'wav-format'));
  assert.throws(() => readWav(riff(chunk('fmt ', new Uint8Array(10)), data)), refused('damaged', 'wav-format'));
  assert.throws(() => readWav(riff(chunk('fmt ', format(7, 1, 8_000, 8)), data)), refused('unsupported', 'wav-encoding'));
  assert.throws(() => readWav(riff(chunk('fmt ', format(1, 1, 900, 8)), data)), refused('unsupported', 'sample-rate'));
  assert.throws(() => readWav(riff(chunk('fmt ', format(1, 0, 8_000, 8)), data)), refused('damaged', 'wav-format'));
  assert.throws(() => readWav(riff(chunk('fmt ', format(1, 65, 8_000, 8)), data)), refused('unsupported', 'channels'));
  assert.throws(() => readWav(riff(chunk('fmt ', format(1, 1, 8_000, 16)), chunk('\x00\x01\x02\x03', data))), refused('damaged', 'wav-chunk'));
});

test('[AU15] writing clamps what is beyond full scale', () => {
  const read = readWav(writeWav(Float32Array.of(2, -2, Number.NaN, Infinity, 0.25), 48_000));
  assert.deepEqual([...read.mono], [32_767 / 32_768, -1, 0, 32_767 / 32_768, 0.25]);
});
