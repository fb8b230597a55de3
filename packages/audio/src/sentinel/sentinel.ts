import { assert } from '@earshot/base/assert.ts';
import { ClockWatch } from './clock-watch.ts';
import { decide } from './decide.ts';
import type { Evidence, Finding } from './decide.ts';
import { FrameHistory, FRAMES_PER_SECOND } from './frame-history.ts';
import { FrameReader } from './frame-reader.ts';
import { GapLog } from './gap-log.ts';
import type { CaptureFacts, Gap, Judgement, JudgementKind } from './judgement.ts';
import { LOOK_SPAN_MS, NO_FRAMES_MS } from './limits.ts';
import { measureClipping, measureEdge, measureLevel } from './measures.ts';
import { Runs } from './runs.ts';
import { StageWatch } from './stage-watch.ts';

/**
 * Judges captured sound while a person speaks. Fed with every sample (`push`) and asked about ten times a second (`look`), also while
 * no samples come. One sentinel watches one microphone: another begins with another microphone, after a pause, and after a repair.
 *
 * Says within 2 s what is wrong, and nothing about soft or hesitant speech. The numbers are in limits.ts, the decision in decide.ts.
 */
export class Sentinel {
  readonly #rate: number;
  readonly #reader: FrameReader;
  readonly #history: FrameHistory;
  readonly #runs: Runs;
  readonly #clock: ClockWatch;
  readonly #stages: StageWatch;
  readonly #gaps: GapLog;
  readonly #open = new Map<JudgementKind, Judgement>();
  #samples = 0;
  #missing = 0;
  #looked: { clock: number; arrived: number } | null = null;
  #mutedMs = 0;
  #framelessMs = 0;

  /** `rate`: of the samples that will be pushed, in Hz, as the context declares it. 8 to 192 kHz. */
  constructor(rate: number) {
    assert(Number.isInteger(rate) && rate >= 8_000 && rate <= 192_000, 'a sampling rate of 8 to 192 kHz');
    this.#rate = rate;
    this.#reader = new FrameReader(rate);
    this.#history = new FrameHistory(this.#reader.frameSamples);
    this.#runs = new Runs(rate);
    this.#clock = new ClockWatch(rate);
    this.#stages = new StageWatch(rate);
    this.#gaps = new GapLog(rate);
  }

  /** What holds now. */
  get open(): readonly Judgement[] {
    return [...this.#open.values()];
  }

  /** Seconds of captured sound until now. */
  get seconds(): number {
    return this.#samples / this.#rate;
  }

  /** Captured samples in order; `missing` is how many the capture clock skipped just before them. What is no number counts as 0. */
  push(samples: Float32Array, missing = 0): void {
    if (missing > 0) this.#gaps.add(this.#samples, missing);
    this.#missing += missing;
    for (let at = 0; at < samples.length; at += 1) {
      const given = samples[at] as number;
      const sample = Number.isFinite(given) ? given : 0;
      const ended = this.#runs.push(sample);
      if (ended?.gap === true) this.#gaps.add(this.#samples - ended.length, ended.length);
      this.#samples += 1;
      const features = this.#reader.push(sample);
      if (features === null) continue;
      this.#history.push(features);
      this.#runs.hear(this.#history.voiceDb);
    }
  }

  /** Judges; returns what began, changed or ended since the look before. */
  look(facts: CaptureFacts): Judgement[] {
    const findings = decide(this.#gather(facts), new Set(this.#open.keys()));
    return [...this.#end(findings), ...findings.flatMap((finding) => this.#hold(finding))];
  }

  /** The holes that were found since this was asked last, the smallest ones as well: marks for the waveform. */
  takeGaps(): Gap[] {
    return this.#gaps.take();
  }

  #gather(facts: CaptureFacts): Evidence {
    const span = this.#watchTime(facts);
    const history = this.#history;
    return {
      mutedMs: this.#mutedMs, framelessMs: this.#framelessMs, everFrames: this.#samples > 0,
      flatMs: this.#runs.flatMs, gateRuns: this.#runs.gateRuns, rate: this.#clock.wrongRate(), gaps: this.#gaps.lately(this.#samples),
      clipping: measureClipping(history, this.#reader.frameSamples), level: measureLevel(history, history.sinceActive / FRAMES_PER_SECOND),
      edge4k: measureEdge(history, ({ below4kDb, fall4kDb }) => ({ below: below4kDb, fall: fall4kDb })),
      edge8k: measureEdge(history, ({ below8kDb, fall8kDb }) => ({ below: below8kDb, fall: fall8kDb })),
      loss: this.#stages.look(facts.stages, span), device: { label: facts.deviceLabel, rateHz: facts.deviceRate },
    };
  }

  /** Everything that goes by the clock and not by samples. Returns the milliseconds that this look speaks for. */
  #watchTime(facts: CaptureFacts): number {
    const span = this.#looked === null ? 0 : Math.min(LOOK_SPAN_MS, facts.clock - this.#looked.clock);
    const arrived = this.#samples + this.#missing;
    this.#mutedMs = facts.muted ? this.#mutedMs + span : 0;
    this.#framelessMs = this.#looked !== null && arrived === this.#looked.arrived ? this.#framelessMs + span : 0;
    if (facts.muted || this.#samples === 0 || this.#framelessMs >= NO_FRAMES_MS) this.#clock.restart();
    else {
      const gap = this.#clock.look(facts.clock, arrived);
      if (gap > 0) this.#gaps.add(this.#samples, (gap * this.#rate) / 1_000);
    }
    this.#looked = { clock: facts.clock, arrived };
    return span;
  }

  #end(findings: readonly Finding[]): Judgement[] {
    const ended = this.open.filter(({ kind }) => !findings.some((finding) => finding.kind === kind));
    for (const { kind } of ended) this.#open.delete(kind);
    return ended.map(({ kind, from, evidence }) => ({ kind, from, until: this.seconds, evidence }));
  }

  #hold({ kind, evidence }: Finding): Judgement[] {
    const before = this.#open.get(kind);
    if (before !== undefined && before.evidence['edgeHz'] === evidence['edgeHz']) return [];
    const from = before?.from ?? Math.max(0, this.seconds - (kind === 'digital-zero' ? this.#runs.flatMs / 1_000 : 0));
    const judgement: Judgement = { kind, from, until: null, evidence };
    this.#open.set(kind, judgement);
    return [judgement];
  }
}
