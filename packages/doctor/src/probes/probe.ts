import type { Clock } from '@earshot/base/clock.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { type AnswerOf, type ProbeId, probes } from './catalogue.ts';

/** What one probe found. */
export interface ProbeResult<P extends ProbeId = ProbeId> {
  readonly probe: P;
  readonly answer: AnswerOf<P>;
  /** Numbers behind the answer, each named with its unit (`freeBytes`, `behindSeconds`, `upBitsPerSecond`) unless it counts things. */
  readonly measured: Readonly<Record<string, number>>;
  /** What stands on the device's own label, e.g. the name of the microphone. Shown to the person, and never shared. */
  readonly label: string | null;
  /** The failure that says the same, where there is one. */
  readonly code: FailureCode | null;
  /** How long it took, in milliseconds. */
  readonly took: number;
}

/** What an adapter says; the runner adds which probe it was and how long it took. */
export type Finding<P extends ProbeId> = Pick<ProbeResult<P>, 'answer'> & Partial<Pick<ProbeResult<P>, 'measured' | 'label' | 'code'>>;

/**
 * Answers one question by looking. Changes nothing that outlasts it, asks no person anything, and gives up with the signal's reason.
 * It rejects only for bugs: what the world does wrong is an answer.
 */
export type Probe<P extends ProbeId = ProbeId> = (signal: AbortSignal) => Promise<Finding<P>>;

/** The probes of one place. What it has no adapter for it cannot find out. */
export type ProbeSet = { readonly [P in ProbeId]?: Probe<P> };

export interface ProbePorts {
  readonly set: ProbeSet;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs one probe within its time; one that is not there or takes longer is `unknown`. */
export async function runProbe<P extends ProbeId>(probe: P, { set, clock, signal }: ProbePorts): Promise<ProbeResult<P>> {
  const began = clock.now();
  const over = new AbortController();
  const bound = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(probes[probe].seconds * 1_000, bound).then((): Finding<P> => ({ answer: 'unknown' }));
  const work: Probe<P> | undefined = set[probe];
  try {
    const finding = work === undefined ? ({ answer: 'unknown' } as const) : await Promise.race([work(bound), late]);
    signal.throwIfAborted();
    return { probe, measured: {}, label: null, code: null, ...finding, took: clock.now() - began };
  } finally {
    over.abort();
  }
}

/** Runs probes beside one another and tells each as it is known. Resolves to all of them, in the order asked. */
export async function runProbes(asked: readonly ProbeId[], ports: ProbePorts, found: (result: ProbeResult) => void = () => undefined): Promise<ProbeResult[]> {
  return await Promise.all(asked.map(async (probe) => {
    const result = await runProbe(probe, ports);
    found(result);
    return result;
  }));
}
