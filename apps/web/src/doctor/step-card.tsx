import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Suspect } from '@earshot/doctor/engine/action.ts';
import type { Way } from '@earshot/doctor/knowledge/schema.ts';
import { percent } from '../conversation/state-sentence.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { useDoctor } from './context.ts';
import { factsBeside, titleOfCause } from './knowing.ts';

interface StepCardProps {
  readonly id: string;
  readonly ways: readonly Way[];
  /** That it helps, 0 to 1; null where nothing was weighed. */
  readonly chance: number | null;
  readonly against: readonly Suspect[];
  /** Whether what was done before is looked at still. */
  readonly looking?: boolean;
  readonly onDone: () => void;
  readonly onSkip: () => void;
}

/** One thing to do: how, why, what it costs, and what is lost by it before anything is. Done, it is tested at once. */
export function StepCard({ id, ways, chance, against, looking = false, onDone, onSkip }: StepCardProps): JSX.Element | null {
  const { knowledge, said, ports } = useDoctor();
  const { words } = useApp();
  const step = knowledge.steps.find((one) => one.id === id);
  if (step === undefined) return null;
  const [first, ...others] = ways;
  const facts = factsBeside(knowledge, [id]);
  return (
    <section class="card step" data-step={id} data-risk={step.risk}>
      <p class="soft small">{said.t('stepOf')}</p>
      <h2>{said.say(step.title)}</h2>
      {step.destroys.length > 0 ? <div class="problem"><strong>{said.t('destroys')}</strong><ul class="reasons">{step.destroys.map((text) => <li key={text.en}>{said.say(text)}</li>)}</ul></div> : null}
      {step.risk === 'none' ? null : <p class="soft">{said.t(`risk_${step.risk}`)}</p>}
      {first === undefined ? null : <WayList way={first} />}
      {others.length > 0 ? <details class="doctor-why"><summary>{said.t('otherWays')}</summary>{others.map((way, at) => <WayList key={at} way={way} />)}</details> : null}
      {step.warning === undefined ? null : <p class="doctor-warning"><Icon name="alert" size={20} /><span>{said.say(step.warning)}</span></p>}
      {step.undo === undefined ? null : <p class="small"><strong>{said.t('undo')}:</strong> {said.say(step.undo)}</p>}
      <p class="soft small numbers">{said.t('takes', { time: words.spokenLength(step.seconds + (step.waits ?? 0)) })}{chance === null ? '' : ` · ${said.t('chance', { percent: percent(chance, words) })}`}</p>
      <div class="doctor-answers">
        {step.waits === undefined ? <button type="button" class="button primary" disabled={looking} onClick={onDone}>{said.t('done')}</button> : <Countdown seconds={step.waits} onOver={onDone} />}
        {id.startsWith('reload') ? <button type="button" class="button" onClick={() => {
          // Noted first: the visit goes on behind the reload, with the test.
          onDone();
          ports.reload();
        }}>{said.t('reload')}</button> : null}
        <button type="button" class="button quiet" onClick={onSkip}>{said.t('skip')}</button>
      </div>
      <details class="doctor-why"><summary>{said.t('whyThis')}</summary><p>{said.say(step.why)}</p>
        {against.length > 0 ? <p class="soft small">{words.names(against.slice(0, 3).map(({ cause }) => titleOfCause(knowledge, cause, said)))}</p> : null}
        {facts.map((fact) => <p key={fact.id} class="small"><strong>{said.say(fact.title)}</strong> {said.say(fact.text)}</p>)}
      </details>
    </section>
  );
}

function WayList({ way }: { way: Way }): JSX.Element {
  const { said } = useDoctor();
  return <>{way.versions === undefined ? null : <h3>{said.say(way.versions)}</h3>}<ol class="doctor-way">{said.lines(way.do).map((line) => <li key={line}>{line}</li>)}</ol></>;
}

/** For steps of which a wait is part: it runs on the page, and the test follows by itself. */
function Countdown({ seconds, onOver }: { seconds: number; onOver: () => void }): JSX.Element {
  const { said } = useDoctor();
  const { words, clock } = useApp();
  const until = useSignal<number | null>(null);
  const left = useSignal(seconds);
  useEffect(() => {
    const end = until.value;
    if (end === null) return undefined;
    const gone = new AbortController();
    const run = async (): Promise<void> => {
      for (;;) {
        left.value = Math.max(0, Math.ceil((end - clock.now()) / 1_000));
        if (left.value === 0) return onOver();
        await clock.sleep(250, gone.signal);
        if (gone.signal.aborted) return;
      }
    };
    void run();
    return () => gone.abort();
  }, [until.value]);
  if (until.value === null) return <button type="button" class="button primary" onClick={() => (until.value = clock.now() + seconds * 1_000)}>{said.t('wait', { time: words.spokenLength(seconds) })}</button>;
  return <p class="doctor-countdown numbers" role="timer">{said.t('waiting', { time: words.spokenLength(left.value) })}</p>;
}
