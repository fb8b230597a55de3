import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { quickChecks } from '@earshot/doctor/engine/quick.ts';
import { waysOf } from '@earshot/doctor/engine/scope.ts';
import { bearingOf, isProbeId } from '@earshot/doctor/probes/catalogue.ts';
import type { Step } from '@earshot/doctor/knowledge/schema.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { useDoctor } from './context.ts';
import { FindingLine, Looking } from './findings.tsx';
import { StepCard } from './step-card.tsx';

/** The few things that clear most troubles, one after the other, each tested at once. */
export function QuickChecks(): JSX.Element {
  const { knowledge, ports, said } = useDoctor();
  const steps = quickChecks(knowledge, ports.setting);
  const open = useSignal(0);
  return (
    <>
      <section class="card"><h2>{said.t('quick')}</h2><p class="soft">{said.t('quickHint')}</p></section>
      {steps.map((step, at) => (at === open.value ? <Check key={step.id} step={step} onOver={() => (open.value = at + 1)} /> : (
        <button key={step.id} type="button" class="card doctor-check" onClick={() => (open.value = at)}>
          <Icon name={at < open.value ? 'check' : 'more'} size={20} /><span class="grow">{said.say(step.title)}</span>
        </button>
      )))}
    </>
  );
}

function Check({ step, onOver }: { step: Step; onOver: () => void }): JSX.Element {
  const { ports, visit } = useDoctor();
  const { notices } = useApp();
  const { test } = step;
  const looking = visit.looking.value;
  const result = isProbeId(test) ? visit.results.value.get(test) : undefined;
  const look = async (): Promise<void> => {
    if (!isProbeId(test)) return onOver();
    const [found] = await visit.lookAgain([test]);
    if (found === undefined || bearingOf(test, found.answer) !== 'trouble') onOver();
  };
  return (
    <>
      <StepCard id={step.id} ways={waysOf(step, ports.setting)} chance={null} against={[]} looking={looking} onDone={() => void notices.attempt(look)} onSkip={onOver} />
      {looking ? <Looking /> : result === undefined ? null : <section class="card"><FindingLine result={result} /></section>}
    </>
  );
}
