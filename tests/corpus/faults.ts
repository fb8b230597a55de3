import type { JudgementKind } from '@earshot/audio/sentinel/judgement.ts';
import { delivered, DELIVERY_MS, DELIVERY_SAMPLES } from './listen.ts';
import type { Delivery } from './listen.ts';
import { amplitude, atLevel, in16Bits, joined, lowPassed, RATE, scaled, speechLevel } from './sound.ts';
import type { Sound } from './sound.ts';

/** Something that goes wrong with a microphone, done to a healthy recording. */
export interface Fault {
  readonly name: string;
  /** The only judgement that it may lead to. */
  readonly kind: JudgementKind;
  /** Seconds into the take. */
  readonly from: number;
  /** Done to the sound itself; or to the way in which it is delivered, from this delivery on. */
  readonly spoil?: (sound: Sound) => Sound;
  readonly deliver?: (delivery: Delivery, since: number) => Delivery;
  readonly whole?: (sound: Sound) => Iterable<Delivery>;
}

/** After a second of healthy speech, so that one has to notice a change. */
const LATER = 1;

export const faults: readonly Fault[] = [
  { name: 'nothing but zeros from the start', kind: 'digital-zero', from: 0, spoil: zeros },
  { name: 'zeros in mid-word', kind: 'digital-zero', from: LATER, spoil: zeros },
  { name: 'muted by the system', kind: 'muted', from: LATER, deliver: ({ samples }) => ({ samples: samples?.map(() => 0) ?? null, muted: true }) },
  { name: 'no frames from the start', kind: 'no-frames', from: 0, deliver: () => ({ samples: null }) },
  { name: 'frames stop', kind: 'no-frames', from: LATER, deliver: () => ({ samples: null }) },
  { name: 'speech at -70 dBFS', kind: 'quiet', from: 0, spoil: (sound) => in16Bits(atLevel(sound, -70)) },
  { name: '20 dB over full scale', kind: 'clipping', from: 0, spoil: clipped },
  { name: '20 dB over, in mid-take', kind: 'clipping', from: LATER, spoil: clipped },
  { name: 'flat tops at half of full scale', kind: 'clipping', from: LATER, spoil: (sound) => scaled(clipped(sound), 0.5) },
  { name: '5 % of frames are zeros', kind: 'drop-outs', from: LATER, spoil: (sound) => holes(sound, 0, (frame) => frame % 20 === 10) },
  { name: '5 % of frames skipped by the capture clock', kind: 'drop-outs', from: LATER, whole: (sound) => skipped(sound, 20, true) },
  { name: '400 ms of zeros', kind: 'drop-outs', from: LATER, spoil: (sound) => holes(sound, firstLoud(sound), (frame) => frame >= 0 && frame < 20) },
  { name: '400 ms skipped by the capture clock', kind: 'drop-outs', from: LATER, whole: (sound) => skippedOnce(sound, true) },
  { name: '400 ms that nobody counted', kind: 'drop-outs', from: LATER, whole: (sound) => skippedOnce(sound, false) },
  { name: 'nothing above 3.4 kHz', kind: 'narrow-band', from: 0, spoil: telephone },
  { name: 'nothing above 3.4 kHz, in mid-take', kind: 'narrow-band', from: LATER, spoil: telephone },
  { name: '16 kHz as if it were 48 kHz', kind: 'wrong-rate', from: 0, whole: (sound) => tooFew(sound, 0) },
  { name: '16 kHz as if it were 48 kHz, in mid-take', kind: 'wrong-rate', from: LATER, whole: (sound) => tooFew(sound, LATER) },
  { name: 'the encoder loses every packet', kind: 'pipeline', from: LATER, deliver: (delivery) => ({ ...delivery, unencoded: true }) },
  { name: 'the encoder loses every second packet', kind: 'pipeline', from: LATER, deliver: (delivery, since) => ({ ...delivery, unencoded: (since >> 1) % 2 === 0 }) },
];

/** The sound with the fault, as it is delivered. */
export function* broken(fault: Fault, sound: Sound): Generator<Delivery> {
  if (fault.whole !== undefined) {
    yield* fault.whole(sound);
    return;
  }
  const start = fault.from * RATE;
  const spoilt = fault.spoil === undefined ? sound : joined([sound.slice(0, start), fault.spoil(sound.slice(start))]);
  let number = -(fault.from * 1_000) / DELIVERY_MS;
  for (const delivery of delivered(spoilt)) {
    yield number >= 0 && fault.deliver !== undefined ? fault.deliver(delivery, number) : delivery;
    number += 1;
  }
}

function zeros(sound: Sound): Sound {
  return sound.map(() => 0);
}

/** So much gain that the loudest sample would be ten times what can be stored. */
function clipped(sound: Sound): Sound {
  const peak = sound.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
  return in16Bits(scaled(sound, amplitude(20) / peak));
}

function telephone(sound: Sound): Sound {
  return in16Bits(lowPassed(sound, 3_400));
}

/** Zeros in place of the frames of 20 ms that are chosen, counted from a sample. */
function holes(sound: Sound, first: number, lost: (frame: number) => boolean): Sound {
  return sound.map((sample, at) => (lost(Math.floor((at - first) / 960)) ? 0 : sample));
}

/** A long hole begins in a word: one in a pause takes nothing away. */
function firstLoud(sound: Sound): number {
  const limit = 1.4 * amplitude(speechLevel(sound));
  return Math.max(0, sound.findIndex((sample) => Math.abs(sample) > limit));
}

/** Of every so many frames of 20 ms, one is lost. */
function* skipped(sound: Sound, every: number, counted: boolean): Generator<Delivery> {
  let [missing, number] = [0, 0];
  for (const { samples } of delivered(sound)) {
    const lost = number >= (LATER * 1_000) / DELIVERY_MS && (number >> 1) % every === 0;
    missing += lost && samples !== null ? samples.length : 0;
    yield lost ? { samples: null } : { samples, missing: counted ? missing : 0 };
    if (!lost) missing = 0;
    number += 1;
  }
}

function* skippedOnce(sound: Sound, counted: boolean): Generator<Delivery> {
  const from = (LATER * 1_000) / DELIVERY_MS;
  let number = 0;
  for (const { samples } of delivered(sound)) {
    const lost = number >= from && number < from + 40;
    yield lost ? { samples: null } : { samples, missing: counted && number === from + 40 ? 40 * DELIVERY_SAMPLES : 0 };
    number += 1;
  }
}

/** A third of the samples comes in the time of all: the device gives 16 kHz, the context says 48. */
function* tooFew(sound: Sound, from: number): Generator<Delivery> {
  const start = from * RATE;
  yield* delivered(sound.slice(0, start));
  const slow = lowPassed(sound.slice(start), 7_400, 3);
  for (let at = 0; at < slow.length; at += DELIVERY_SAMPLES / 3) yield { samples: slow.slice(at, at + DELIVERY_SAMPLES / 3) };
}
