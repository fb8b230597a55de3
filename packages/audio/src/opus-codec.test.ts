import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { AudioError } from './audio-error.ts';
import { OpusDecoder } from './opus-decoder.ts';
import { FRAME_SAMPLES, OpusEncoder } from './opus-encoder.ts';
import { isValidPacket, packetSamples } from './opus-packet.ts';
import { OPUS_WASM_FILES, startOpus } from './opus-wasm.ts';
import { startOpusFromPackage } from './opus-wasm.node.ts';
import { align } from './testing/correlate.ts';
import { tone } from './testing/packets.ts';
import { decodePackets, encodePcm, PcmEncoder } from './transcode.ts';

const codec = await startOpusFromPackage();

/** Something between a tone and a voice: three tones whose loudness comes and goes. */
function babble(seconds: number, rate = 48_000): Float32Array<ArrayBuffer> {
  const tones = [tone(200, seconds, rate), tone(730, seconds, rate), tone(1_900, seconds, rate)];
  return Float32Array.from({ length: tones[0]?.length ?? 0 }, (_, at) =>
    tones.reduce((sum, one, index) => sum + (one[at] ?? 0) * 0.3 * Math.abs(Math.sin((at / rate) * (3 + index))), 0));
}

test('[AU14] every packet lasts 20 ms, also in silence, and they are small', () => {
  const sound = new Float32Array(48_000 * 6);
  sound.set(babble(3));
  const { packets, samples, preSkip } = encodePcm(codec, [sound], 48_000);
  assert.ok(packets.every((packet) => isValidPacket(packet) && packetSamples(packet) === FRAME_SAMPLES));
  assert.equal(packets.length, Math.ceil((samples + preSkip) / 960));
  assert.ok(packets.every((packet) => packet.length > 2), 'no packet says only that nothing is said');
  const spoken = packets.slice(0, 150).reduce((sum, packet) => sum + packet.length, 0) * 8 / 3;
  assert.ok(spoken > 12_000 && spoken < 30_000, `${spoken} bits a second`);
});

test('[AU14] decoded without the pre-skip, every sample is covered, whatever the length', () => {
  for (const length of [1, 647, 648, 649, 960, 48_000, 70_001]) {
    const sound = babble(length / 48_000);
    const encoded = encodePcm(codec, [sound], 48_000);
    assert.equal(encoded.samples, length);
    assert.equal(encoded.packets.length, Math.ceil((length + encoded.preSkip) / 960));
    const decoded = decodePackets(codec, encoded);
    assert.equal(decoded.length, length);
    if (length < 10_000) continue;
    const found = align(sound, decoded, { maxLag: 480 });
    assert.ok(Math.abs(found.lag) <= 4 && found.score > 0.95, JSON.stringify(found));
  }
  assert.deepEqual(encodePcm(codec, [], 48_000), { packets: [], samples: 0, preSkip: 312 });
});

test('[AU14] the pieces are of no matter, and encoders do not disturb each other', () => {
  const sound = babble(1);
  const whole = encodePcm(codec, [sound], 48_000);
  const [one, other] = [new OpusEncoder(codec), new OpusEncoder(codec)];
  const packets: Uint8Array[] = [];
  for (let at = 0; at < sound.length; at += 128) {
    packets.push(...one.push(sound.subarray(at, at + 128)));
    other.push(sound.subarray(at, at + 77).map((value) => -value));
  }
  packets.push(...one.finish().packets);
  assert.ok(Buffer.concat(packets).equals(Buffer.concat(whole.packets)));
  one.dispose();
  other.dispose();
});

test('[AU14] any rate goes in, and its exact length comes out', () => {
  for (const rate of [8_000, 16_000, 44_100, 96_000]) {
    const sound = babble(1, rate);
    const encoder = new PcmEncoder(codec, rate);
    const packets = [...encoder.push(sound.subarray(0, 333)), ...encoder.push(sound.subarray(333))];
    const end = encoder.finish();
    encoder.dispose();
    assert.equal(end.samples, 48_000);
    const decoded = decodePackets(codec, { ...end, packets: [...packets, ...end.packets] });
    const found = align(babble(1), decoded, { maxLag: 480 });
    assert.ok(Math.abs(found.lag) <= 4 && found.score > 0.95, `${rate}: ${JSON.stringify(found)}`);
  }
});

test('[AU15] samples that are none, or beyond full scale, do no harm', () => {
  const wild = Float32Array.from({ length: 9_600 }, (_, at) => [Number.NaN, Infinity, -Infinity, 3, -3][at % 5] ?? 0);
  const decoded = decodePackets(codec, encodePcm(codec, [wild], 48_000));
  assert.ok(decoded.every((value) => value >= -1 && value <= 1));
  const nothing = decodePackets(codec, encodePcm(codec, [new Float32Array(9_600).fill(Number.NaN)], 48_000));
  assert.ok(nothing.every((value) => Math.abs(value) < 0.001), 'NaN is silence');
});

test('[AU8] packets that are no Opus, or too few, are refused', () => {
  const decoder = new OpusDecoder(codec);
  const damaged = (error: unknown): boolean => error instanceof AudioError && error.reason === 'damaged';
  assert.throws(() => decoder.decode(new Uint8Array(0)), damaged);
  assert.throws(() => decoder.decode(Uint8Array.of(0xfb, 0)), damaged);
  decoder.dispose();
  const { packets, preSkip } = encodePcm(codec, [babble(0.1)], 48_000);
  assert.throws(() => decodePackets(codec, { packets, preSkip, samples: 48_000 }), damaged);
});

test('memory is given back, and a second disposal is harmless', () => {
  const before = codec.exports.memory.buffer.byteLength;
  for (let round = 0; round < 300; round += 1) {
    const [encoder, decoder] = [new OpusEncoder(codec), new OpusDecoder(codec)];
    encoder.dispose();
    encoder.dispose();
    decoder.dispose();
    decoder.dispose();
  }
  assert.equal(codec.exports.memory.buffer.byteLength, before);
});

test('[AU20] both variants of the codec make the same packets', async () => {
  const sound = babble(1);
  const [simd, plain] = await Promise.all([startOpusFromPackage('simd'), startOpusFromPackage('plain')]);
  const packets = [simd, plain].map((one) => Buffer.concat(encodePcm(one, [sound], 48_000).packets));
  assert.ok(packets[0]?.equals(packets[1] ?? Buffer.alloc(0)));
});

test('[AU20] bytes that are no codec are refused', async () => {
  await assert.rejects(startOpus(Uint8Array.of(1, 2, 3)), (error) => error instanceof AudioError && error.detail === 'codec');
});

test('[AU20] the codec starts from the answer to a request', async () => {
  const bytes = await readFile(createRequire(import.meta.url).resolve(OPUS_WASM_FILES.plain));
  const answer = new Response(new Uint8Array(bytes), { headers: { 'content-type': 'application/wasm' } });
  assert.equal(encodePcm(await startOpus(answer), [babble(0.5)], 48_000).samples, 24_000);
  const wrong = new Response('<html>', { headers: { 'content-type': 'text/html' } });
  await assert.rejects(startOpus(wrong), (error) => error instanceof AudioError && error.detail === 'codec');
});
