import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Suspect } from '@earshot/doctor/engine/action.ts';
import type { Happening } from '@earshot/doctor/engine/session.ts';
import { useApp } from '../shell/app.ts';
import { useDoctor } from './context.ts';
import { titleOfCause } from './knowing.ts';
import { SoundTest } from './sound-test.tsx';

/** The question of the knowledge that has to be answered after a tone was played. */
const TONE = 'heard-the-tone';

/** A question, or a probe that needs the person. With `step`: the same once more, to see whether that step helped. */
export function AskCard({ of, between, step }: { of: string; between: readonly Suspect[]; step?: string }): JSX.Element | null {
  const { visit, knowledge, said } = useDoctor();
  const { words } = useApp();
  const tell = (answer: string): void => visit.tell(step === undefined ? { kind: 'answer', of, answer } : ({ kind: 'retest', step, of, answer } satisfies Happening));
  const question = knowledge.questions.find(({ id }) => id === of);
  const probe = knowledge.probes.find(({ id }) => id === of);
  if (of === 'microphone-sound' && probe?.asks === true) return <SoundTest onAnswer={tell} />;
  if (question === undefined) return <section class="card" role="status"><p class="doctor-looking">{said.t('retestText', { what: probe === undefined ? of : said.say(probe.title) })}</p></section>;
  const names = between.slice(0, 2).map(({ cause }) => titleOfCause(knowledge, cause, said));
  return (
    <section class="card" aria-labelledby="doctor-question">
      {step === undefined ? null : <p class="soft small">{said.t('retest')}</p>}
      <h2 id="doctor-question">{said.say(question.text)}</h2>
      {of === TONE ? <Tone /> : null}
      <div class="doctor-answers">
        {question.answers.map((answer) => <button key={answer.id} type="button" class="button" onClick={() => tell(answer.id)}>{said.say(answer.text)}</button>)}
        <button type="button" class="button quiet" onClick={() => tell('unknown')}>{said.t('dontKnow')}</button>
      </div>
      <details class="doctor-why"><summary>{said.t('why')}</summary><p>{said.say(question.why)}</p>{names.length > 0 ? <p class="soft small">{words.names(names)}</p> : null}</details>
    </section>
  );
}

function Tone(): JSX.Element {
  const { ports, said } = useDoctor();
  const blocked = useSignal(false);
  const play = (): void => {
    ports.tone().then(() => (blocked.value = false), () => (blocked.value = true));
  };
  return (
    <>
      <button type="button" class="button primary" onClick={play}>{said.t('tone')}</button>
      {blocked.value ? <p class="hint" role="alert">{said.t('toneBlocked')}</p> : null}
    </>
  );
}

/** What takes things away wholesale is locked until there is a backup that was looked at. */
export function SecureCard({ step }: { step: string }): JSX.Element {
  const { visit, knowledge, said } = useDoctor();
  const title = knowledge.steps.find(({ id }) => id === step)?.title;
  return (
    <section class="card">
      <h2>{said.t('secure')}</h2>
      <p>{said.t('secureText', { step: title === undefined ? step : said.say(title) })}</p>
      <div class="doctor-answers">
        <button type="button" class="button" onClick={() => visit.tell({ kind: 'backup', verified: false })}>{said.t('secureNo')}</button>
        <button type="button" class="button" onClick={() => visit.tell({ kind: 'backup', verified: true })}>{said.t('secureYes')}</button>
      </div>
    </section>
  );
}
