import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { CUES } from '../../apps/web/src/recording/cues.ts';
import type { Cue } from '../../apps/web/src/recording/cues.ts';
import { recorderBench } from './recorder-bench.ts';
import { hear } from './recorder-voice.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

const { site, chromium } = await recorderBench();

/** A page whose microphone hears a steady high tone, and, at full strength, everything that the page puts out: a loudspeaker held to it. */
async function openLoud(): Promise<Page> {
  const page = await chromium.open(site.url);
  await page.evaluate(async () => {
    const world = new AudioContext({ sampleRate: 48_000 });
    const microphone = world.createMediaStreamDestination();
    const tone = new OscillatorNode(world, { frequency: 3_000 });
    tone.connect(new GainNode(world, { gain: 0.02 })).connect(microphone);
    tone.start();
    navigator.mediaDevices.getUserMedia = async () => microphone.stream.clone();
    const airs = new Map<BaseAudioContext, MediaStreamAudioDestinationNode>();
    const connect = AudioNode.prototype.connect as unknown as (this: AudioNode, ...to: AudioNode[]) => AudioNode;
    const join = function join(this: AudioNode, ...to: AudioNode[]): AudioNode {
      const { context } = this;
      if (to[0] === context.destination && this instanceof GainNode && context instanceof AudioContext) {
        const air = airs.get(context) ?? context.createMediaStreamDestination();
        if (!airs.has(context)) connect.call(world.createMediaStreamSource(air.stream), microphone);
        airs.set(context, air);
        connect.call(this, air);
      }
      return connect.apply(this, to);
    };
    Object.assign(AudioNode.prototype, { connect: join });
    await window.bench.open();
  });
  return page;
}

/** Records a second, gives the cue in this way, records another second. */
async function recordWith(page: Page, cue: Cue, way: 'before' | 'hushed' | 'after' | 'unguarded'): Promise<Float32Array> {
  const packets = await page.evaluate(async ([one, how]) => {
    const { bench } = window;
    const take = bench.id();
    const give = (): Promise<void> => bench.cues.give(one);
    await bench.recorder.start({ take, conversation: 'talk', cue: how === 'before' ? give : undefined });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    if (how === 'hushed') await bench.cues.give(one, (milliseconds) => bench.recorder.hush(milliseconds));
    if (how === 'unguarded') await give();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await bench.recorder.stop();
    if (how === 'after') await give();
    return (await bench.recorder.readTake(take)).packets.map((packet) => [...packet]);
  }, [cue, way] as const);
  return hear(packets.map((packet) => Uint8Array.from(packet)), 312);
}

const WINDOW = 2_400;

/** dBFS of a frequency in the window of 50 ms where it is loudest. */
function loudest(sound: Float32Array, hertz: number): number {
  let most = 0;
  for (let from = 0; from + WINDOW <= sound.length; from += WINDOW / 2) {
    let [real, imaginary] = [0, 0];
    for (let at = 0; at < WINDOW; at += 1) {
      const weighted = (sound[from + at] ?? 0) * (1 - Math.cos((2 * Math.PI * at) / WINDOW));
      real += weighted * Math.cos((2 * Math.PI * hertz * at) / 48_000);
      imaginary += weighted * Math.sin((2 * Math.PI * hertz * at) / 48_000);
    }
    most = Math.max(most, (2 * Math.hypot(real, imaginary)) / WINDOW);
  }
  return 20 * Math.log10(most);
}

const levelOf = (sound: Float32Array, cue: Cue): number => Math.max(...CUES[cue].notes.map(({ hertz }) => loudest(sound, hertz)));

for (const [cue, way] of [['recording', 'before'], ['silent', 'hushed'], ['limit', 'hushed'], ['kept', 'after'], ['sent', 'after']] as const) {
  test(`[REC31] the cue "${cue}" is below -60 dBFS in the recording, though the loudspeaker is held to the microphone`, { timeout: TRIES_LIMIT }, (t) => inTries(async () => {
    await using page = await openLoud();
    const guarded = await recordWith(page, cue, way);
    const [level, tone, bare] = [levelOf(guarded, cue), loudest(guarded, 3_000), levelOf(await recordWith(page, cue, 'unguarded'), cue)];
    t.diagnostic(`${level.toFixed(1)} dBFS; without the guard ${bare.toFixed(1)} dBFS; the tone that is being recorded ${tone.toFixed(1)} dBFS`);
    assert.ok(bare > -40, `the microphone does not hear the cue: ${bare} dBFS`);
    assert.ok(Math.abs(tone + 34) < 3, `the tone that is being recorded: ${tone} dBFS`);
    assert.ok(level < -60, `${level} dBFS`);
  }));
}
