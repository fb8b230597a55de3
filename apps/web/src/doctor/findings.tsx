import type { JSX } from 'preact';
import { bearingOf, type ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import type { ProbeResult } from '@earshot/doctor/probes/probe.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { useDoctor } from './context.ts';
import { answerText } from './knowing.ts';
import { measurable } from './probes/measurable.ts';

/** What was measured, each with what it means in words and numbers: what is in the way first, what is well folded away. */
export function Findings(): JSX.Element | null {
  const { visit, said } = useDoctor();
  const results = measurable.flatMap((probe) => visit.results.value.get(probe) ?? []);
  if (results.length === 0) return visit.resumed.value ? <LookAgain probes={measurable} /> : null;
  const rank = ({ probe, answer }: ProbeResult): number => ['trouble', 'hint'].indexOf(bearingOf(probe, answer) ?? '') + 1 || 9;
  const telling = results.filter((one) => rank(one) < 9).toSorted((one, other) => rank(one) - rank(other));
  const others = results.filter((one) => rank(one) === 9);
  const fine = results.filter(({ probe, answer }) => bearingOf(probe, answer) === 'fine').length;
  return (
    <section class="card findings" aria-busy={visit.looking.value}>
      <h2>{said.t('looked')}</h2>
      {telling.length > 0 ? (
        <>
          <ul>{telling.map((one) => <li key={one.probe}><FindingLine result={one} /></li>)}</ul>
          <LookAgain probes={telling.map(({ probe }) => probe)} />
        </>
      ) : null}
      {others.length > 0 ? (
        <details>
          <summary>{said.t('lookedCount', { fine, unknown: others.length - fine })}</summary>
          <ul>{others.map((one) => <li key={one.probe}><FindingLine result={one} /></li>)}</ul>
        </details>
      ) : null}
    </section>
  );
}

function LookAgain({ probes }: { probes: readonly ProbeId[] }): JSX.Element | null {
  const { visit, said } = useDoctor();
  const { notices } = useApp();
  const { tree, app } = visit.session.value;
  // Of another app little can be seen from here, and where something is missing nothing is done that need not be.
  if (tree === 'gone' || app !== 'earshot') return null;
  return <button type="button" class="button" disabled={visit.looking.value} onClick={() => void notices.attempt(() => visit.lookAgain(probes))}>{said.t('lookAgain')}</button>;
}

/** Said while it looks. */
export function Looking(): JSX.Element {
  const { said } = useDoctor();
  return <section class="card" role="status"><p class="doctor-looking">{said.t('looking')}</p></section>;
}

export function FindingLine({ result }: { result: ProbeResult }): JSX.Element {
  const { knowledge, said } = useDoctor();
  const { router } = useApp();
  const { probe, answer, measured, label, took } = result;
  const bearing = bearingOf(probe, answer);
  const numbers = Object.entries(measured).flatMap(([name, value]) => said.measured(name, value) ?? []);
  return (
    <div class="finding" data-probe={probe} data-answer={answer} data-bearing={bearing ?? 'unknown'} data-took={Math.round(took)}>
      <Icon name={bearing === 'fine' ? 'check' : bearing === null ? 'more' : 'alert'} size={20} />
      <span class="grow"><strong>{titleOf(probe, knowledge, said)}</strong><span>{answerText(knowledge, probe, answer, said)}{label === null ? '' : ` (${label})`}</span>
        {numbers.length > 0 ? <span class="soft small numbers">{numbers.join(' · ')}</span> : null}
      </span>
      {probe === 'microphone-permission' && bearing === 'hint' ? <button type="button" class="button" onClick={() => router.go({ at: 'doctor', page: 'microphone', code: null, conversation: null })}>{said.t('askNow')}</button> : null}
    </div>
  );
}

function titleOf(probe: ProbeId, knowledge: ReturnType<typeof useDoctor>['knowledge'], said: ReturnType<typeof useDoctor>['said']): string {
  const title = knowledge.probes.find(({ id }) => id === probe)?.title;
  return title === undefined ? probe : said.say(title);
}
