import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { useDoctor } from './context.ts';
import { sentenceOf, titleOfCause } from './knowing.ts';
import type { DoctorWords } from '../words/doctor-words.ts';

/** Below this nobody would call it a suspicion. */
const WORTH_SAYING = 0.08;
const SHOWN = 3;
/** Bits: half as probable again. */
const SPEAKS = 0.6;

/** What is most probable by now, and why: one can look at it at any time, and nobody has to. */
export function Thinking(): JSX.Element | null {
  const { visit, knowledge, said } = useDoctor();
  const { kind } = visit.action.value;
  if (kind === 'choose-tree' || kind === 'end') return null;
  const suspects = visit.suspects().filter(({ chance }) => chance >= WORTH_SAYING).slice(0, SHOWN);
  if (suspects.length === 0) return null;
  return (
    <details class="card doctor-why">
      <summary>{said.t('thinking')}</summary>
      {suspects.map(({ cause, chance }) => (
        <div key={cause} class="suspect"><p><strong>{titleOfCause(knowledge, cause, said)}</strong> <span class="soft">{sureness(chance, said)}</span></p><Reasons cause={cause} /></div>
      ))}
    </details>
  );
}

/** What speaks for a cause and against it, the strongest first. */
export function Reasons({ cause }: { cause: string }): JSX.Element | null {
  const { visit, knowledge, said } = useDoctor();
  const { words } = useApp();
  // What was looked at twice is said once.
  const reasons = visit.reasons(cause).filter(({ bits, kind, of }, at, all) => Math.abs(bits) >= SPEAKS && all.findIndex((one) => one.kind === kind && one.of === of) === at);
  const list = (which: typeof reasons, title: 'because' | 'against'): JSX.Element | null =>
    which.length === 0 ? null : (
      <><h3>{said.t(title)}</h3><ul class="reasons">{which.slice(0, 4).map((reason) => <li key={`${reason.kind}${reason.of}${reason.answer}`}>{sentenceOf(reason, knowledge, said, words)}</li>)}</ul></>
    );
  return <>{list(reasons.filter(({ bits }) => bits > 0), 'because')}{list(reasons.filter(({ bits }) => bits < 0), 'against')}</>;
}

export function sureness(chance: number, said: DoctorWords): string {
  return said.t(chance >= 0.85 ? 'sure' : chance >= 0.5 ? 'likely' : 'possible');
}
