import type { CaptureFacts, Gap, Judgement } from '@earshot/audio/sentinel/judgement.ts';
import { Sentinel } from '@earshot/audio/sentinel/sentinel.ts';
import { RATE } from './sound.ts';
import type { Sound } from './sound.ts';

/** What comes out of the capture side in 10 ms. */
export interface Delivery {
  readonly samples: Sound | null;
  /** Samples that the capture clock skipped just before. */
  readonly missing?: number;
  readonly muted?: boolean;
  /** Packets that the encoder loses out of those it should make of this delivery (half a packet each). */
  readonly unencoded?: boolean;
}

/** Milliseconds of clock for one delivery, and deliveries for one look. */
export const DELIVERY_MS = 10;
const DELIVERIES_A_LOOK = 10;
export const DELIVERY_SAMPLES = (RATE * DELIVERY_MS) / 1_000;

/** Something the sentinel said, and when: milliseconds of clock since the beginning. */
export interface Said {
  readonly judgement: Judgement;
  readonly clock: number;
}

/** A sentinel listens, in turned time. */
export function listen(deliveries: Iterable<Delivery>, deviceRate = RATE): { said: Said[]; gaps: Gap[] } {
  const sentinel = new Sentinel(RATE);
  const said: Said[] = [];
  const gaps: Gap[] = [];
  const counts = { captured: 0, encoded: 0 };
  let [clock, muted] = [0, false];
  for (const delivery of deliveries) {
    clock += DELIVERY_MS;
    muted = delivery.muted ?? false;
    if (delivery.samples !== null) {
      sentinel.push(delivery.samples, delivery.missing ?? 0);
      counts.captured += delivery.samples.length;
      if (delivery.unencoded !== true) counts.encoded += delivery.samples.length / 960;
    }
    if ((clock / DELIVERY_MS) % DELIVERIES_A_LOOK !== 0) continue;
    const packets = Math.floor(counts.encoded);
    const stages = { captured: counts.captured, encoded: packets, written: packets, sent: packets };
    const facts: CaptureFacts = { clock, muted, deviceRate, deviceLabel: 'Built-in microphone', stages };
    said.push(...sentinel.look(facts).map((judgement) => ({ judgement, clock })));
    gaps.push(...sentinel.takeGaps());
  }
  return { said, gaps };
}

/** The sound as a healthy microphone delivers it. */
export function* delivered(sound: Sound): Generator<Delivery> {
  for (let at = 0; at < sound.length; at += DELIVERY_SAMPLES) yield { samples: sound.subarray(at, at + DELIVERY_SAMPLES) };
}
