import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { onMove, onRelease, slideShare, type Decision, type Press } from './gesture.ts';

interface Props {
  readonly conversation: Id;
  /** How far the finger has slid; null while none holds the button. */
  readonly slide: Signal<{ left: number; up: number } | null>;
}

/** Hold to talk, tap for hands-free, Enter or Space by keyboard. While a recording exists the same button sends it. */
export function RecordButton({ conversation, slide }: Props): JSX.Element {
  const { recording, words, clock } = useApp();
  const press = useRef<Press | null>(null);
  // The click that follows a press which began a recording must not send it.
  const began = useRef(false);
  const phase = recording.phase.value;
  const holding = recording.mode.value === 'hold' && (phase === 'recording' || phase === 'starting');
  const sends = phase !== 'idle' && !holding;
  const decide = (decision: Decision): void => {
    if (decision === 'none') return;
    press.current = null;
    slide.value = null;
    if (decision === 'send') recording.send();
    else if (decision === 'discard') recording.discard();
    else recording.lock(decision === 'lock');
  };
  const lost = (): void => {
    if (press.current) decide('hands-free');
  };
  // A button that goes from under the finger hears nothing of its being lifted.
  useEffect(() => lost, []);
  return (
    <button type="button" class={`record ${sends ? 'sends' : ''} ${holding ? 'holding' : ''}`} disabled={phase === 'sending'}
      aria-label={words.t(phase === 'idle' ? 'record.start' : 'record.send')}
      onPointerDown={(event) => {
        began.current = false;
        if (event.button !== 0 || phase !== 'idle') return;
        began.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        press.current = { x: event.clientX, y: event.clientY, at: clock.now() };
        slide.value = { left: 0, up: 0 };
        recording.start(conversation, 'hold');
      }}
      onPointerMove={(event) => {
        if (!press.current) return;
        slide.value = slideShare(press.current, event.clientX, event.clientY);
        decide(onMove(press.current, event.clientX, event.clientY));
      }}
      onPointerUp={() => {
        if (press.current) decide(onRelease(press.current, clock.now(), recording.phase.value === 'recording'));
      }}
      onPointerCancel={lost}
      onLostPointerCapture={lost}
      onContextMenu={(event) => event.preventDefault()}
      onClick={() => {
        if (began.current) {
          began.current = false;
          return;
        }
        if (recording.phase.value === 'idle') recording.start(conversation, 'free');
        else recording.send();
      }}>
      <Icon name={sends ? 'send' : 'microphone'} size={32} />
    </button>
  );
}
