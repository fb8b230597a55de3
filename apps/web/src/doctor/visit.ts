import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Action, Reason, Suspect } from '@earshot/doctor/engine/action.ts';
import { createDoctor } from '@earshot/doctor/engine/doctor.ts';
import { happened, openSession, type Happening, type Session } from '@earshot/doctor/engine/session.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import { bearingOf, isProbeId, type ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import { type ProbeResult, type ProbeSet, runProbes } from '@earshot/doctor/probes/probe.ts';
import type { Preferences } from '../shell/preferences.ts';
import type { DoctorPorts } from './ports.ts';

const STORED = 'doctor.visit';

export interface VisitPorts extends Pick<DoctorPorts, 'probes' | 'setting'> {
  readonly knowledge: Knowledge;
  readonly clock: Clock;
  readonly preferences: Preferences;
  /** Everything this place can measure: run beside what the engine asks for, so that the person sees all of it. */
  readonly measurable: readonly ProbeId[];
}

/** Where the Doctor was called from. */
export interface CalledFrom {
  readonly code: Session['code'];
  readonly conversation: Id | null;
}

/** One visit to the Doctor: the engine's session, what was measured, and what to do next. Stored after every happening. */
export interface Visit {
  readonly from: CalledFrom;
  readonly session: ReadonlySignal<Session>;
  readonly action: ReadonlySignal<Action>;
  readonly results: ReadonlySignal<ReadonlyMap<ProbeId, ProbeResult>>;
  readonly looking: ReadonlySignal<boolean>;
  /** It was begun in an earlier run of the page, and is taken up again. */
  readonly resumed: ReadonlySignal<boolean>;
  suspects(): readonly Suspect[];
  reasons(cause: string): readonly Reason[];
  /** A tree, a symptom or another app: the beginning of a visit. */
  begin(known: Partial<Pick<Session, 'app' | 'tree' | 'symptom'>>): void;
  tell(...more: readonly Happening[]): void;
  /** Runs what the engine wants measured, if that is what is next. Resolves when nothing is left to be measured by itself. */
  look(): Promise<void>;
  /** Measures this once more and shows it, without the engine. All that is asked for while another look runs is one look. */
  lookAgain(probes: readonly ProbeId[]): Promise<readonly ProbeResult[]>;
  startOver(): void;
  /** Ends what runs. What is stored stays. */
  leave(): void;
}

interface Stored extends CalledFrom {
  readonly session: Session;
  readonly results: readonly ProbeResult[];
}

export function createVisit(ports: VisitPorts, from: CalledFrom): Visit {
  const { knowledge, clock, preferences, setting, measurable } = ports;
  const doctor = createDoctor(knowledge);
  const left = new AbortController();
  const before = resumable(preferences, from);
  const called: CalledFrom = before ?? from;
  const session = signal<Session>(before?.session ?? openSession(setting, { code: from.code }));
  const results = signal<ReadonlyMap<ProbeId, ProbeResult>>(new Map(before?.results.map((result) => [result.probe, result])));
  const looking = signal(false);
  const resumed = signal(before !== null && before.session.happened.length > 0);
  const action = computed(() => doctor.next(session.value));

  const keep = (): void => preferences.write(STORED, JSON.stringify({ ...called, session: session.value, results: [...results.value.values()] } satisfies Stored));
  const become = (next: Session): void => {
    session.value = next;
    keep();
  };
  const inTurn = oneAtATime(looking);
  /** What leaving cuts off is nobody's any more. */
  const unlessLeft = (error: unknown): never[] => {
    if (!left.signal.aborted) throw error;
    return [];
  };
  const measure = async (probes: readonly ProbeId[]): Promise<ProbeResult[]> => {
    left.signal.throwIfAborted();
    const set = forgiving(ports.probes(called.conversation), left.signal);
    const found = await runProbes(probes, { set, clock, signal: left.signal }, (result) => (results.value = new Map(results.value).set(result.probe, result)));
    keep();
    return found;
  };
  const lookOnce = async (): Promise<void> => {
    const next = action.value;
    if (next.kind === 'probe') {
      const wanted = next.probes.filter(isProbeId);
      // Not where something is missing: some of it writes, and what is left of it must not be written over.
      const all = next.because === 'first-look' && session.value.app === 'earshot' && doctor.tree(session.value) === 'not-working';
      const beside = all ? measurable.filter((probe) => !results.value.has(probe)) : [];
      const found = await measure([...new Set([...wanted, ...beside])]);
      // What would be asked of the person need not be where it was seen already that nothing can come of it.
      const telling = found.filter(({ probe, answer }) => wanted.includes(probe) || bearingOf(probe, answer) === 'trouble');
      become(happened(session.value, ...telling.map(answerOf)));
    } else if (next.kind === 'retest' && isProbeId(next.of) && !needsPerson(knowledge, next.of)) {
      const [found] = await measure([next.of]);
      if (found !== undefined) become(happened(session.value, { kind: 'retest', step: next.step, of: next.of, answer: found.answer }));
    }
  };
  const byItself = ({ kind, ...rest }: Action): boolean => kind === 'probe' || (kind === 'retest' && 'of' in rest && isProbeId(rest.of) && !needsPerson(knowledge, rest.of));
  return {
    from: called,
    session, action, results, looking, resumed,
    suspects: () => doctor.suspects(session.value),
    reasons: (cause) => doctor.reasons(session.value, cause),
    begin: (known) => become({ ...session.value, ...known }),
    tell: (...more) => become(happened(session.value, ...more)),
    look: async () => {
      const work = async (): Promise<void> => {
        while (byItself(action.value) && !left.signal.aborted) await lookOnce();
      };
      if (byItself(action.value)) await inTurn(work, true).catch(unlessLeft);
    },
    lookAgain: gathered((begin) => inTurn(() => measure(begin())).catch(unlessLeft)),
    startOver: () => {
      resumed.value = false;
      results.value = new Map();
      become(openSession(setting, { code: null }));
    },
    leave: () => left.abort(new Error('left')),
  };
}

/** What comes while another one runs is done after it, `urgent` before what waits already. `busy`: as long as there is one. */
function oneAtATime(busy: Signal<boolean>): <Result>(work: () => Promise<Result>, urgent?: boolean) => Promise<Result> {
  const waiting: (() => void)[] = [];
  return async (work, urgent = false) => {
    if (busy.value) await new Promise<void>((go) => (urgent ? waiting.unshift(go) : waiting.push(go)));
    busy.value = true;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy.value = false;
      else next();
    }
  };
}

/** What is asked for before a look begins is part of it; each gets what it asked for. */
function gathered(look: (begin: () => readonly ProbeId[]) => Promise<readonly ProbeResult[]>): Visit['lookAgain'] {
  const asked = new Set<ProbeId>();
  let coming: Promise<readonly ProbeResult[]> = Promise.resolve([]);
  const begin = (): readonly ProbeId[] => {
    const all = [...asked];
    asked.clear();
    return all;
  };
  return async (probes) => {
    const waits = asked.size > 0;
    for (const probe of probes) asked.add(probe);
    if (!waits) coming = look(begin);
    return (await coming).filter(({ probe }) => probes.includes(probe));
  };
}

/** A bug in one probe is told as a bug, and takes nothing from the others. */
function forgiving(set: ProbeSet, left: AbortSignal): ProbeSet {
  const each = Object.entries(set).map(([id, probe]) => [id, async (over: AbortSignal) => {
    try {
      return await probe(over);
    } catch (error) {
      if (!over.aborted && !left.aborted) reportError(error);
      return { answer: 'unknown' };
    }
  }] as const);
  return Object.fromEntries(each) as ProbeSet;
}

const answerOf = ({ probe, answer }: ProbeResult): Happening => ({ kind: 'answer', of: probe, answer });

function needsPerson(knowledge: Knowledge, of: string): boolean {
  return knowledge.probes.find(({ id }) => id === of)?.asks === true;
}

/** A visit that was left goes on, unless the Doctor is called because something else happened. */
function resumable(preferences: Preferences, from: CalledFrom): Stored | null {
  const stored = readStored(preferences);
  if (stored === null) return null;
  const another = (from.code !== null && from.code !== stored.code) || (from.conversation !== null && from.conversation !== stored.conversation);
  return another ? null : stored;
}

function readStored(preferences: Preferences): Stored | null {
  try {
    const stored: unknown = JSON.parse(preferences.read(STORED) ?? 'null');
    return isStored(stored) ? stored : null;
  } catch {
    return null;
  }
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null || !('session' in value) || !('code' in value) || !('conversation' in value) || !('results' in value) || !Array.isArray(value.results)) return false;
  const { session } = value;
  return typeof session === 'object' && session !== null && 'version' in session && session.version === 1 && 'happened' in session && Array.isArray(session.happened);
}
