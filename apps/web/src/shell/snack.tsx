import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { sayFailure } from '../words/say-failure.ts';
import { useApp } from './app.ts';
import { Icon } from './icons.tsx';

/**
 * The passing line, and the words for screen readers. A conversation gives it a place between the messages and what is being said, so
 * that it covers neither; elsewhere it floats. A sheet lies over both: the line is in it then.
 */
export function Snack({ inSheet = false }: { inSheet?: boolean }): JSX.Element {
  const { notices, words, update, sheets } = useApp();
  const notice = inSheet === sheets.drawn.value ? notices.current.value : null;
  // What was said before a sheet was opened is not said in it again.
  const before = useRef(inSheet ? notices.announced.peek() : '');
  const announced = notices.announced.value;
  return (
    <>
      <div class="snack-room" role="status">
        {notice === null ? (update.stage.value !== 'none' && !inSheet ? <UpdateSnack /> : null) : (
          <div class="snack" key={notice.key}>
            <p class="grow small">{sentence()}</p>
            {notice.action ? (
              <button type="button" class="button" onClick={() => {
                notices.dismiss();
                const run = notice.action?.run;
                if (run) void notices.attempt(async () => run());
              }}>{words.t(notice.action.label)}</button>
            ) : <>{notice.said.type === 'failure' ? <AskDoctor code={notice.said.code} /> : null}<button type="button" class="round" aria-label={words.t('do.close')} onClick={() => notices.dismiss()}><Icon name="close" size={20} /></button></>}
          </div>
        )}
      </div>
      <div class="hidden" aria-live="assertive">{announced === before.current ? '' : announced}</div>
    </>
  );

  function sentence(): string {
    if (notice === null) return '';
    if (notice.said.type === 'text') return notice.said.text;
    if (notice.said.type === 'words') return words.t(notice.said.key, notice.said.values);
    return sayFailure(notice.said.code, notice.said.evidence, words);
  }
}

/** Never by itself, and never offered while somebody speaks. */
function UpdateSnack(): JSX.Element | null {
  const { words, update, recording } = useApp();
  const stage = update.stage.value;
  if (recording.busy.value || stage === 'none') return null;
  return (
    <div class="snack">
      <p class="grow small">{words.t(`update.${stage}`)}</p>
      {stage === 'asked' ? null : <button type="button" class="button" onClick={() => update.apply(() => !recording.busy.value)}>{words.t('do.update')}</button>}
    </div>
  );
}
