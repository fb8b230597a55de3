import { useComputed, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import { custodySentence } from './custody-line.tsx';
import { DraftWave } from './draft-wave.tsx';
import { EditTools } from './edit-tools.tsx';
import { Kept } from './kept.tsx';
import { LiveWave } from './live-wave.tsx';

/** What is being recorded: its waveform, its length, where each second of it is, and where a slide would lead. */
export function RecordingPanel({ slide }: { slide: Signal<{ left: number; up: number } | null> }): JSX.Element {
  const { recording, words } = useApp();
  const phase = recording.phase.value;
  const listening = phase === 'listening';
  const still = phase === 'paused' || listening;
  return (
    <div class={`panel ${still ? 'still' : ''}`}>
      <Kept />
      <Fault />
      <div class="panel-line">
        <span class={`lamp ${phase === 'recording' ? 'on' : ''}`} />
        <span class="panel-says small">{words.t(says(phase, recording.seconds.value > 0))}</span>
        <span class="grow" />
        <Custody />
        <Time listening={listening} />
      </div>
      <div class="panel-wave">{still ? <DraftWave /> : <LiveWave />}</div>
      {still ? <EditTools /> : null}
      {recording.mode.value === 'hold' && slide.value !== null ? <SlideHints slide={slide.value} /> : null}
    </div>
  );
}

/** What is wrong with the sound or the disk, as long as it is. */
export function Fault(): JSX.Element | null {
  const { recording } = useApp();
  const fault = recording.fault.value;
  return fault === null ? null : <Problem code={fault.code} evidence={fault.evidence} />;
}

function says(phase: string, sounding: boolean): 'record.getting' | 'record.speak' | 'record.recording' | 'record.paused' | 'record.listening' | 'record.sending' {
  if (phase === 'starting') return 'record.getting';
  if (phase === 'recording') return sounding ? 'record.recording' : 'record.speak';
  if (phase === 'listening') return 'record.listening';
  return phase === 'sending' ? 'record.sending' : 'record.paused';
}

function Time({ listening }: { listening: boolean }): JSX.Element {
  const { recording, words } = useApp();
  const text = useComputed(() => words.length(recording.seconds.value));
  const at = useComputed(() => words.length(recording.position.value));
  return <span class="panel-time numbers" role="timer">{listening ? <>{at} / </> : null}{text}</span>;
}

/** Said in words as well as by marks: nothing here relies on a colour. */
function Custody(): JSX.Element | null {
  const { recording, words } = useApp();
  if (recording.packets.value === 0) return null;
  const where = recording.whereabouts.value;
  const label = custodySentence(where, words);
  return <span class="custody" title={label}><Icon name={where.server > 0 && where.device + where.memory <= 2 ? 'checks' : 'check'} size={18} /><span class="hidden">{label}</span></span>;
}

function SlideHints({ slide }: { slide: { left: number; up: number } }): JSX.Element {
  const { words } = useApp();
  return (
    <div class="slide-hints small" aria-hidden="true">
      <span class="slide-left" style={{ transform: `translateX(${-24 * slide.left}px)`, opacity: 1 - slide.up }}><Icon name="back" size={18} />{words.t('record.slideCancel')}</span>
      <span class="slide-up" style={{ transform: `translateY(${-16 * slide.up}px)`, opacity: 1 - slide.left }}><Icon name="lock" size={18} />{words.t('record.slideLock')}</span>
    </div>
  );
}
