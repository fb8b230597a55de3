import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { SeekBar } from '../playing/waveform.tsx';
import { useApp } from '../shell/app.ts';
import { CustodyLine } from './custody-line.tsx';
import { PACKETS_PER_SECOND } from './take-sound.ts';
import { cutOf, mostCut, trimKey, trimShare, type End } from './trim.ts';

/** The draft: to go to any place of, and to cut from either end by its handles. */
export function DraftWave(): JSX.Element {
  const { recording, words } = useApp();
  const listening = recording.phase.value === 'listening';
  const seconds = recording.seconds.value;
  const share = listening ? Math.min(1, recording.position.value / Math.max(0.02, seconds)) : 1;
  return (
    <div class="draft-room">
      <div class="draft-sound">
        <SeekBar peaks={recording.peaks.value} count={72} share={share} position={recording.position.value} seconds={seconds} label={words.t('record.seek')} onSeek={recording.seek} />
        <TrimHandle end="start" />
        <TrimHandle end="end" />
      </div>
      <CustodyLine />
    </div>
  );
}

/** Letting go cuts; by keyboard Enter does, and Escape or leaving it lets everything be. */
function TrimHandle({ end }: { end: End }): JSX.Element {
  const { recording, words } = useApp();
  const cut = useSignal(0);
  const held = useSignal(false);
  const handle = useRef<HTMLDivElement>(null);
  const packets = recording.packets.value;
  const seconds = cut.value / PACKETS_PER_SECOND;
  const said = words.t('edit.cutting', { length: words.tenths(seconds) });
  const apply = (): void => {
    const wanted = cut.value;
    cut.value = 0;
    if (wanted > 0) recording.edit(cutOf(end, wanted, packets));
  };
  return (
    <>
      {cut.value === 0 ? null : <div class={`trimmed ${end}`} style={{ width: `${(100 * cut.value) / packets}%` }}><span class="small numbers">{said}</span></div>}
      <div ref={handle} class={`trim ${end} ${held.value ? 'held' : ''}`} style={{ [end === 'start' ? 'left' : 'right']: `${(100 * cut.value) / packets}%` }}
        role="slider" tabIndex={0} aria-label={words.t(`edit.${end}`)} aria-valuemin={0} aria-valuemax={mostCut(packets) / PACKETS_PER_SECOND} aria-valuenow={seconds} aria-valuetext={said}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          held.value = true;
        }}
        onPointerMove={(event) => {
          const room = event.currentTarget.parentElement?.getBoundingClientRect();
          if (held.value && room) cut.value = trimShare(end, (event.clientX - room.left) / room.width, packets);
        }}
        onPointerUp={() => {
          held.value = false;
          apply();
        }}
        onPointerCancel={() => letBe(cut, held)}
        onBlur={() => letBe(cut, held)}
        onKeyDown={(event) => {
          const to = trimKey(end, event.key, cut.value, packets);
          const leave = event.key === 'Escape' && cut.value > 0;
          if (to === null && !leave && event.key !== 'Enter') return;
          event.preventDefault();
          // Escape would discard the whole draft otherwise.
          event.stopPropagation();
          if (event.key === 'Enter') apply();
          else cut.value = to ?? 0;
        }} />
    </>
  );
}

function letBe(cut: Signal<number>, held: Signal<boolean>): void {
  cut.value = 0;
  held.value = false;
}
