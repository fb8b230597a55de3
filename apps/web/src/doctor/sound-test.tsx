import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AnswerOf } from '@earshot/doctor/probes/catalogue.ts';
import { bearingOf } from '@earshot/doctor/probes/catalogue.ts';
import { judgeSound, loudest, voicePackets } from '@earshot/doctor/probes/sound-verdict.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { unlessPutAway } from '../playing/put-away.ts';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import { useDoctor } from './context.ts';
import { answerText } from './knowing.ts';
import type { SoundTake } from './probes/sound-take.ts';
import { ReminderSwitch } from './reminder-switch.tsx';
import { lastTest, noteTest } from './reminder.ts';

const SECONDS = 10;

type Phase = { readonly at: 'ready' | 'getting' } | { readonly at: 'speaking'; readonly since: number } | { readonly at: 'over'; readonly take: SoundTake };

/** Speak for ten seconds through everything a message goes through, hear what was kept, and get a verdict. */
export function SoundTest({ onAnswer }: { onAnswer?: (answer: AnswerOf<'microphone-sound'>) => void }): JSX.Element {
  const { ports, said } = useDoctor();
  const { clock, elsewhere, notices, preferences, player, recording } = useApp();
  const phase = useSignal<Phase>({ at: 'ready' });
  const level = useSignal(0);
  const end = useRef(new AbortController());
  const left = useRef(false);
  useEffect(() => () => {
    left.current = true;
    end.current.abort();
  }, []);
  const test = async (): Promise<void> => {
    const take = await ports.takeSound(SECONDS, end.current.signal, {
      begun: () => (phase.value = { at: 'speaking', since: clock.now() }),
      peaks: (peaks) => (level.value = Math.max(...peaks)),
    });
    // Nobody waits for the verdict any more, and nothing of it is to be played.
    if (left.current) return;
    const { file } = take;
    if (file !== null) await notices.attempt(() => ports.speaker.load(file).catch(unlessPutAway));
    noteTest(preferences, { at: clock.now(), answer: judgeSound(take), loudestDb: loudest(take.peaks) });
    phase.value = { at: 'over', take };
  };
  const begin = async (): Promise<void> => {
    player.stop();
    elsewhere.pause();
    ports.speaker.unload();
    end.current = new AbortController();
    phase.value = { at: 'getting' };
    if (!(await notices.attempt(test))) phase.value = { at: 'ready' };
  };
  const now = phase.value;
  return (
    <section class="card sound-test" data-at={now.at}>
      <h2>{said.t('testTitle')}</h2>
      <p class="soft">{said.t('testLead')}</p>
      {now.at === 'ready' ? <Before /> : null}
      {now.at === 'getting' ? <p role="status">{said.t('testGetting')}</p> : null}
      {now.at === 'speaking' ? <Speaking since={now.since} level={level.value} onStop={() => end.current.abort()} /> : null}
      {now.at === 'over' ? <Verdict take={now.take} {...(onAnswer && { onAnswer })} /> : null}
      {now.at === 'ready' || now.at === 'over' ? <button type="button" class={`button ${now.at === 'ready' ? 'primary' : ''}`} disabled={recording.busy.value} onClick={() => void begin()}>{said.t(now.at === 'ready' ? 'testBegin' : 'testAgain')}</button> : null}
      {onAnswer === undefined ? <ReminderSwitch /> : null}
    </section>
  );
}

function Before(): JSX.Element | null {
  const { knowledge, said } = useDoctor();
  const { preferences, words, clock } = useApp();
  const last = lastTest(preferences);
  if (last === null) return null;
  return <p class="small">{said.t('testBefore', { day: words.brief(last.at, clock.now()), what: answerText(knowledge, 'microphone-sound', last.answer, said) })}</p>;
}

function Speaking({ since, level, onStop }: { since: number; level: number; onStop: () => void }): JSX.Element {
  const { said } = useDoctor();
  const { clock, words } = useApp();
  const left = Math.max(0, SECONDS - (clock.now() - since) / 1_000);
  return (
    <>
      <p role="status"><strong>{said.t('testSpeak')}</strong></p>
      <div class="doctor-level" aria-hidden="true"><span style={{ width: `${Math.round((level / 255) * 100)}%` }} /></div>
      <p class="numbers" role="timer">{words.length(Math.ceil(left))}</p>
      <button type="button" class="button" onClick={onStop}>{said.t('testStop')}</button>
    </>
  );
}

function Verdict({ take, onAnswer }: { take: SoundTake; onAnswer?: (answer: AnswerOf<'microphone-sound'>) => void }): JSX.Element {
  const { ports, knowledge, said } = useDoctor();
  const { router, notices } = useApp();
  const playing = useSignal(false);
  const answer = judgeSound(take);
  const code: FailureCode | null = take.codes[0] ?? null;
  const well = bearingOf('microphone-sound', answer) === 'fine';
  useEffect(() => ports.speaker.on((event) => {
    if (event === 'time') return;
    if (event instanceof Failure) notices.failed(event);
    playing.value = event === 'playing';
  }), []);
  const hear = async (): Promise<void> => {
    ports.speaker.seek(0);
    await ports.speaker.play().catch(unlessPutAway);
  };
  return (
    <div class="verdict" data-answer={answer} role="status">
      <p class="doctor-verdict"><Icon name={well ? 'check' : 'alert'} /><strong>{answerText(knowledge, 'microphone-sound', answer, said)}</strong></p>
      {take.microphone === null ? null : <p class="soft small">{take.microphone}</p>}
      {take.kept === null ? null : <p class="soft small numbers">{said.t('testLoudest', { db: loudest(take.peaks) })} · {said.t('testVoice', { seconds: Math.round(voicePackets(take.peaks) / 5) / 10 })}</p>}
      {code === null || well ? null : <Problem code={code} />}
      <div class="doctor-answers">
        {take.file === null ? null : <button type="button" class="button" data-playing={playing.value} onClick={() => void notices.attempt(hear)}><Icon name="play" />{said.t('testHear')}</button>}
        {onAnswer !== undefined ? <button type="button" class="button primary" onClick={() => onAnswer(answer)}>{said.t('done')}</button>
          : well ? null : <button type="button" class="button primary" onClick={() => router.go({ at: 'doctor', page: 'visit', code, conversation: null })}>{said.t('testWhy')}</button>}
      </div>
    </div>
  );
}
