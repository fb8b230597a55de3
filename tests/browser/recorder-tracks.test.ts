import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recorderBench } from './recorder-bench.ts';
import { hear } from './recorder-voice.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

const { site, chromium } = await recorderBench();

/** A real track of the browser's, with one tone in each of its channels, recorded for two seconds. */
async function recorded(rate: number, tones: readonly number[]): Promise<{ readonly sound: Float32Array; readonly seen: readonly string[]; readonly spoken: number }> {
  const page = await chromium.open(site.url);
  const { packets, seen, spoken } = await page.evaluate(async ({ sampleRate, frequencies }) => {
    const { bench } = window;
    const context = new AudioContext({ sampleRate });
    const merger = new ChannelMergerNode(context, { numberOfInputs: frequencies.length });
    frequencies.forEach((frequency, channel) => {
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(new GainNode(context, { gain: 0.4 })).connect(merger, 0, channel);
      tone.start();
    });
    const { stream } = merger.connect(new MediaStreamAudioDestinationNode(context, { channelCount: frequencies.length, channelCountMode: 'explicit' })) as MediaStreamAudioDestinationNode;
    navigator.mediaDevices.getUserMedia = async () => stream;
    const take = await bench.begin();
    // What the browser really gives out of this track.
    const processor = new (window as unknown as { MediaStreamTrackProcessor: new (init: object) => { readable: ReadableStream<AudioData> } }).MediaStreamTrackProcessor({ track: stream.getAudioTracks()[0] });
    const { value } = await processor.readable.getReader().read();
    const given = [`${value?.sampleRate} Hz`, `${value?.numberOfChannels} channels`];
    value?.close();
    const began = performance.now();
    await bench.wait(2_000);
    const passed = (performance.now() - began) / 1_000;
    await bench.recorder.stop();
    const faults = bench.told.flatMap((one) => (one.type === 'fault' && one.code !== 'mic.dropouts' ? [one.code] : []));
    return { packets: (await bench.kept(take)).packets, seen: [...given, ...faults], spoken: passed };
  }, { sampleRate: rate, frequencies: tones });
  await page.close();
  return { sound: await hear(packets.map((packet) => Uint8Array.from(packet)), 312), seen, spoken };
}

/** Amplitude of one frequency in a second of it. */
function amplitude(sound: Float32Array, frequency: number): number {
  let [real, imaginary] = [0, 0];
  const second = sound.subarray(48_000, 96_000);
  second.forEach((sample, at) => {
    real += sample * Math.cos((2 * Math.PI * frequency * at) / 48_000);
    imaginary += sample * Math.sin((2 * Math.PI * frequency * at) / 48_000);
  });
  return (2 * Math.hypot(real, imaginary)) / second.length;
}

for (const { what, rate, tones } of [
  { what: 'two channels at 44.1 kHz', rate: 44_100, tones: [440, 1_700] },
  { what: 'one channel at 16 kHz, as headsets in a call give it', rate: 16_000, tones: [440] },
]) {
  test(`[REC12] a track of ${what} is recorded at its pitch, with all of its channels`, { timeout: TRIES_LIMIT }, (t) => inTries(async () => {
    const { sound, seen, spoken } = await recorded(rate, tones);
    assert.deepEqual(seen.slice(0, 2), [`${rate} Hz`, `${tones.length} channels`]);
    const found = tones.map((tone) => amplitude(sound, tone) * tones.length);
    t.diagnostic(`${seen.join()}; amplitudes ${found.map((one) => one.toFixed(2)).join()}; ${(sound.length / 48_000).toFixed(2)} s of ${spoken.toFixed(2)}`);
    // Each channel is in it, as loud as in a mean of them all; a tone that was off by a few Hertz, or stammered, would not add up.
    assert.ok(found.every((one) => one > 0.3 && one < 0.5), found.join());
    assert.ok(sound.length / 48_000 > spoken, `${sound.length / 48_000} s of ${spoken} s`);
  }));
}
