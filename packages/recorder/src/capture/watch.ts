import { SILENCE_DB } from '@earshot/audio/decibels.ts';
import { LevelMeter } from '@earshot/audio/level.ts';
import { OPUS_RATE } from '@earshot/audio/opus-packet.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { StageCounts } from './take-writer.ts';

/** Digital zero for this long is no pause for thought: rooms are never that quiet. Samples. */
const SILENT_SAMPLES = 2 * OPUS_RATE;
/** Looks without frames (250 ms each) after which they are missing. Looks are counted and not time, because a stalled worker finds
 *  its frames waiting for it when it wakes up. */
const LOOKS_WITHOUT_FRAMES = 4;
/** Packets that may be between encoder and journal: half a second. */
const WAITING_PACKETS = 25;

export interface Finding {
  readonly code: FailureCode;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
}

/** Judges, while a person speaks, whether sound really comes in and goes through. Each finding is said once until it is over. */
export class Watch {
  #meter = new LevelMeter();
  #looksWithoutFrames = 0;
  #samples = 0;
  readonly #said = new Set<FailureCode>();

  /** Begins anew: after a pause, or with another microphone. */
  reset(): void {
    this.#meter = new LevelMeter();
    this.#looksWithoutFrames = 0;
    this.#said.clear();
  }

  push(samples: Float32Array): void {
    this.#meter.push(samples);
  }

  /** Called every 250 ms while frames are wanted. */
  look(counts: StageCounts): Finding[] {
    this.#looksWithoutFrames = counts.samples > this.#samples ? 0 : this.#looksWithoutFrames + 1;
    this.#samples = counts.samples;
    const { currentZeroRun, peakDb } = this.#meter.totals();
    const behind = counts.encoded - counts.written;
    return [
      ...this.#judge('mic.no-frames', this.#looksWithoutFrames >= LOOKS_WITHOUT_FRAMES, { milliseconds: this.#looksWithoutFrames * 250 }),
      ...this.#judge('mic.silent', currentZeroRun >= SILENT_SAMPLES, { zeros: currentZeroRun, everSound: peakDb > SILENCE_DB }),
      ...this.#judge('recorder.pipeline', behind > WAITING_PACKETS, { encoded: counts.encoded, written: counts.written }),
    ];
  }

  #judge(code: FailureCode, bad: boolean, evidence: Finding['evidence']): Finding[] {
    if (!bad) {
      this.#said.delete(code);
      return [];
    }
    if (this.#said.has(code)) return [];
    this.#said.add(code);
    return [{ code, evidence }];
  }
}
