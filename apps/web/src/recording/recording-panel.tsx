import { useComputed, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { SeekBar } from '../playing/waveform.tsx';
import { LiveWave } from './live-wave.tsx';

/** What is being recorded: its waveform, its length, whether it is safe, and where a slide would lead. */
export function RecordingPanel({ slide }: { slide: Signal<{ left: number; up: number } | null> }): JSX.Element {
  const { recording, words } = useApp();
  const phase = recording.phase.value;
  const listening = phase === 'listening';
  return (
    <div class="panel">
      <div class="panel-line">
        <span class={`lamp ${phase === 'recording' ? 'on' : ''}`} />
        <span class="panel-says small">{words.t(says(phase, recording.seconds.value > 0))}</span>
        <span class="grow" />
        <Custody />
        <Time listening={listening} />
      </div>
      <div class="panel-wave">
        {phase === 'paused' || listening ? (
          <SeekBar peaks={recording.peaks.value} count={72} share={listening ? Math.min(1, recording.position.value / Math.max(0.02, recording.seconds.value)) : 1}
            position={recording.position.value} seconds={recording.seconds.value} label={words.t('record.seek')} onSeek={recording.seek} />
        ) : <LiveWave />}
      </div>
      {recording.mode.value === 'hold' && slide.value !== null ? <SlideHints slide={slide.value} /> : null}
    </div>
  );
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

/** Said in words as well as by a mark: nothing here relies on a colour. */
function Custody(): JSX.Element | null {
  const { recording, words } = useApp();
  const stored = useComputed(() => recording.packets.value > 0 && recording.packetsStored.value >= recording.packets.value - 100);
  if (recording.packets.value === 0) return null;
  const label = words.t(stored.value ? 'record.safeServer' : 'record.safeHere');
  return <span class="custody" title={label}><Icon name={stored.value ? 'checks' : 'check'} size={18} /><span class="hidden">{label}</span></span>;
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
