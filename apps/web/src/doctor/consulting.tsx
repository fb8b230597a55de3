import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Tree } from '@earshot/doctor/knowledge/kinds.ts';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import { Beginning } from './beginning.tsx';
import type { Changed } from './ports.ts';
import { ConclusionCard } from './conclusion-card.tsx';
import { useDoctor } from './context.ts';
import { Findings, Looking } from './findings.tsx';
import { AskCard, SecureCard } from './ask-card.tsx';
import { ShareButton } from './share.tsx';
import { StepCard } from './step-card.tsx';
import { Thinking } from './thinking.tsx';

const DEPENDS: Readonly<Record<Changed, readonly ProbeId[]>> = {
  network: ['server-reach', 'small-requests', 'uploads', 'downloads', 'live-connection', 'throughput', 'packet-loss', 'network-change'],
  permission: ['microphone-permission', 'permission-history', 'microphones'],
  microphones: ['microphones', 'microphone-in-use', 'microphone-sound'],
};

/** One visit, from what is wrong to what clears it: one card at a time, and below it what was seen and what it makes probable. */
export function Consulting({ about }: { about: Tree | null }): JSX.Element {
  const { ports, visit, said } = useDoctor();
  const { notices } = useApp();
  const action = visit.action.value;
  // Not what was only measured: that stands among what was seen.
  const code = visit.session.value.code === visit.from.code ? visit.from.code : null;
  // Another network, a permission that was given, a headset that came: what depends on it is looked at by itself.
  useEffect(() => ports.changed((what) => {
    const shown = DEPENDS[what].filter((probe) => visit.results.value.has(probe));
    if (shown.length > 0) void notices.attempt(() => visit.lookAgain(shown));
  }), []);
  useEffect(() => {
    if (about !== null && action.kind === 'choose-tree') visit.begin({ tree: about });
  }, []);
  useEffect(() => void notices.attempt(() => visit.look()), [action]);
  return (
    <>
      {visit.resumed.value ? (
        <section class="card doctor-resumed">
          <p>{said.t('resumed')}</p>
          <button type="button" class="button" onClick={() => visit.startOver()}>{said.t('startOver')}</button>
        </section>
      ) : null}
      {code === null ? null : <section class="doctor-from"><p class="soft small">{said.t('leadFrom')}</p><Problem code={code} /></section>}
      {action.kind !== 'choose-tree' && visit.session.value.tree === 'gone' ? <p class="doctor-warning">{said.t('goneCare')}</p> : null}
      <Now />
      <Findings />
      <Thinking />
      {action.kind === 'choose-tree' ? null : (
        <div class="doctor-answers">
          <ShareButton />
          {visit.resumed.value ? null : <button type="button" class="button" onClick={() => visit.startOver()}>{said.t('startOver')}</button>}
        </div>
      )}
    </>
  );
}

function Now(): JSX.Element | null {
  const { visit } = useDoctor();
  const action = visit.action.value;
  switch (action.kind) {
    case 'choose-tree':
      return <Beginning />;
    case 'probe':
      return <Looking />;
    case 'ask':
      return <AskCard key={action.of} of={action.of} between={action.between} />;
    case 'retest':
      return <AskCard key={`again ${action.step}`} of={action.of} between={[]} step={action.step} />;
    case 'secure':
      return <SecureCard step={action.step} />;
    case 'step':
      return <StepCard key={action.step} id={action.step} ways={action.ways} chance={action.chance} against={action.against} onDone={() => visit.tell({ kind: 'step', step: action.step, outcome: 'done' })} onSkip={() => visit.tell({ kind: 'step', step: action.step, outcome: 'passed-over' })} />;
    case 'end':
      return <ConclusionCard conclusion={action} />;
  }
}
