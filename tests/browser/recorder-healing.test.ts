import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { recorderBench } from './recorder-bench.ts';
import { hear } from './recorder-voice.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

const { site, chromium } = await recorderBench();

interface Survived {
  readonly told: readonly string[];
  readonly at: string;
  readonly why: string | null;
  readonly gaps: readonly number[];
  readonly splices: readonly { readonly gap: number; readonly why: string }[];
  /** Seconds from the first frame on: by the tone's own clock, which stands still with the machine, by the page's, which does not, and in the take. */
  readonly given: number;
  readonly passed: number;
  readonly seconds: number;
  readonly packets: readonly Uint8Array[];
  readonly parts: number;
}

/** Records a steady tone, lets `harm` happen after a second, and looks at the take two seconds later. */
async function surviving(harm: (page: Page) => Promise<unknown>): Promise<Survived> {
  const page = await chromium.open(site.url);
  const id = crypto.randomUUID();
  await page.evaluate(async (take) => {
    const { bench } = window;
    const tracks: MediaStreamTrack[] = [];
    const context = new AudioContext({ sampleRate: 48_000 });
    const clock = { context, first: Number.POSITIVE_INFINITY };
    Object.assign(window, { tracks, clock });
    const tone = new OscillatorNode(context, { frequency: 440 });
    const other = new OscillatorNode(context, { frequency: 1_700 });
    tone.start();
    other.start();
    // A microphone that never pauses, which the browser's own beeps do: gaps can be measured to the millisecond.
    navigator.mediaDevices.getUserMedia = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const target = context.createMediaStreamDestination();
      const quieter = new GainNode(context, { gain: 0.2 });
      tone.connect(quieter);
      other.connect(quieter);
      quieter.connect(target);
      const [track] = target.stream.getAudioTracks();
      if (track) tracks.push(track);
      return target.stream;
    };
    await bench.open();
    bench.recorder.on((happening) => {
      if (happening.type === 'frames') clock.first = Math.min(clock.first, context.currentTime - happening.seconds);
    });
    await bench.recorder.start({ take, conversation: 'talk' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }, id);
  await harm(page);
  const seen = await page.evaluate(async (take) => {
    const { bench } = window;
    const { clock } = window as unknown as { clock: { context: AudioContext; first: number } };
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const { state } = bench.recorder;
    const given = clock.context.currentTime - clock.first;
    const passed = (performance.timeOrigin + performance.now() - bench.origin) / 1_000;
    const { seconds } = await bench.recorder.stop();
    const { packets, parts, splices } = await bench.recorder.readTake(take);
    await bench.recorder.forget(take);
    // On a busy machine the way from one audio context to the other has gaps of its own, which are named as such.
    const told = bench.told.flatMap((one) => ((one.type === 'fault' && one.code !== 'mic.dropouts') || one.type === 'healed' ? [`${one.type} ${one.code}`] : []));
    const gaps = bench.told.flatMap((one) => (one.type === 'healed' ? [one.gap] : []));
    return { told, gaps, at: state.at, why: 'why' in state ? state.why : null, splices, given, passed, seconds, packets: packets.map((packet) => [...packet]), parts: parts.length };
  }, id);
  await page.close();
  return { ...seen, packets: seen.packets.map((packet) => Uint8Array.from(packet)) };
}

const endTrack = (event: 'ended' | 'mute') => (page: Page): Promise<unknown> =>
  page.evaluate((name) => {
    const track = (window as unknown as { tracks: MediaStreamTrack[] }).tracks.at(-1);
    // Ending it really makes silence of it; the event is sent by hand, as browsers only do for devices.
    if (name === 'ended') track?.stop();
    track?.dispatchEvent(new Event(name));
  }, event);

/** Milliseconds of the longest silence in what is heard. */
async function longestSilence(packets: readonly Uint8Array[]): Promise<number> {
  const sound = await hear(packets, 312);
  let [longest, run] = [0, 0];
  for (let at = 4_800; at < sound.length - 9_600; at += 48) {
    const peak = Math.max(...sound.subarray(at, at + 48).map(Math.abs));
    run = peak < 0.01 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

for (const [event, code] of [['ended', 'mic.ended'], ['mute', 'mic.muted']] as const) {
  test(`[REC20] a microphone that is "${event}" is replaced in the same take; at most 150 ms are missing, and marked`, { timeout: TRIES_LIMIT }, (t) => inTries(async () => {
    const seen = await surviving(endTrack(event));
    assert.deepEqual(seen.told, [`healed ${code}`]);
    assert.equal(seen.at, 'recording');
    assert.deepEqual(seen.splices.map(({ why }) => why), [code]);
    const silence = await longestSilence(seen.packets);
    t.diagnostic(`silence in the take: ${silence} ms; told: ${seen.gaps.join()} ms; of what was given, ${Math.round((seen.given - seen.seconds) * 1_000)} ms are missing`);
    assert.ok(silence <= 150 && seen.given - seen.seconds <= 0.15, JSON.stringify({ silence, given: seen.given, seconds: seen.seconds }));
    assert.equal(seen.parts, 1, 'the encoder goes on');
  }));
}

test('[REC20] where no microphone can be had any more the take pauses with the reason', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  const seen = await surviving(async (page) => {
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('', 'NotFoundError');
      };
    });
    await endTrack('ended')(page);
    await page.evaluate(() => window.bench.until(() => window.bench.recorder.state.at === 'paused'));
  });
  assert.deepEqual([seen.told, seen.at, seen.why], [['fault mic.ended'], 'paused', 'mic.ended']);
}));

test('[REC20] another microphone is taken in mid-take when a person chooses it', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  const seen = await surviving((page) => page.evaluate(() => window.bench.recorder.useMicrophone('another')));
  assert.deepEqual([seen.told, seen.at], [[], 'recording']);
  assert.deepEqual(seen.splices.map(({ why }) => why), ['']);
  assert.ok((await longestSilence(seen.packets)) <= 150);
}));

test('[REC21] a capturing worker that breaks is replaced in the same take; at most 150 ms are missing, and marked', { timeout: TRIES_LIMIT }, (t) => inTries(async () => {
  const seen = await surviving(async (page) => {
    for (const worker of page.workers()) {
      const reads = await worker.evaluate(() => self.name === 'earshot-capturer');
      if (!reads) continue;
      await worker.evaluate(() => {
        const broken = { copyTo: () => { throw new Error('injected'); } };
        Object.assign((globalThis as unknown as { AudioData: { prototype: object } }).AudioData.prototype, broken);
      });
      // The one behind it waits for its turn.
      break;
    }
    await page.evaluate(() => window.bench.until(() => window.bench.told.some((one) => one.type === 'healed')));
  });
  assert.deepEqual([seen.told, seen.at], [['healed recorder.pipeline'], 'recording']);
  assert.deepEqual([seen.splices.map(({ why }) => why), seen.parts], [['recorder.pipeline'], 1]);
  const silence = await longestSilence(seen.packets);
  t.diagnostic(`silence in the take: ${silence} ms; told: ${seen.gaps.join()} ms; of what was given, ${Math.round((seen.given - seen.seconds) * 1_000)} ms are missing`);
  assert.ok(silence <= 150 && seen.given - seen.seconds <= 0.15, JSON.stringify({ silence, given: seen.given, seconds: seen.seconds }));
}));

for (const [what, harm] of [
  ['worker that dies', (page: Page) => page.workers()[0]?.evaluate(() => void setTimeout(() => { throw new Error('injected'); }))],
  ['worker that hangs', (page: Page) => page.workers()[0]?.evaluate(() => void setTimeout(() => { for (;;); }))],
  ['encoder that dies', (page: Page) => page.workers()[0]?.evaluate(() => {
    const { set } = Float32Array.prototype;
    // The next frame finds a codec that is broken.
    Object.assign(Float32Array.prototype, {
      set: () => {
        Object.assign(Float32Array.prototype, { set });
        throw new WebAssembly.RuntimeError('unreachable');
      },
    });
  })],
] as const) {
  test(`[REC21] a ${what} is replaced in the same take, without a lost frame`, { timeout: TRIES_LIMIT }, (t) => inTries(async () => {
    const seen = await surviving(async (page) => {
      await harm(page);
      await page.evaluate(() => window.bench.until(() => window.bench.told.some((one) => one.type === 'healed')));
    });
    assert.deepEqual(seen.told, ['healed recorder.pipeline']);
    assert.equal(seen.at, 'recording');
    assert.equal(seen.parts, 2);
    const silence = await longestSilence(seen.packets);
    t.diagnostic(`silence: ${silence} ms; missing of what was given: ${Math.round((seen.given - seen.seconds) * 1_000)} ms`);
    // The new encoder begins with 6.5 ms of its own.
    assert.ok(silence <= 10, `${silence} ms of silence`);
    assert.ok(seen.given - seen.seconds <= 0.2 && seen.seconds - seen.passed <= 0.2, `${seen.seconds} s of ${seen.given} s in ${seen.passed} s`);
  }));
}
