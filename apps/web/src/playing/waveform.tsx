import type { JSX } from 'preact';
import { useId, useMemo, useRef } from 'preact/hooks';
import { useApp } from '../shell/app.ts';
import { bars, barsPath } from './bars.ts';
import { isTap, onDown, onMove, type Finger } from './finger.ts';

interface WaveformProps {
  readonly peaks: Uint8Array;
  readonly count: number;
  /** Played share, 0 to 1. */
  readonly share: number;
}

/** The voice as it was captured; what was played is in full colour. */
export function Waveform({ peaks, count, share }: WaveformProps): JSX.Element {
  const clip = useId();
  const path = useMemo(() => barsPath(bars(peaks, count)), [peaks, count]);
  const width = count * 3;
  return (
    <svg class="waveform" viewBox={`0 0 ${width} 100`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <clipPath id={clip}><rect x="0" y="0" width={width * share} height="100" /></clipPath>
      <path d={path} class="wave-rest" vector-effect="non-scaling-stroke" />
      <path d={path} class="wave-done" vector-effect="non-scaling-stroke" clip-path={`url(#${clip})`} />
    </svg>
  );
}

interface SeekProps extends WaveformProps {
  readonly label: string;
  readonly position: number;
  readonly seconds: number;
  readonly onSeek: (seconds: number) => void;
}

/** A waveform to go to any place of: by pointer, by arrow, page, home and end keys. */
export function SeekBar({ label, position, seconds, onSeek, ...wave }: SeekProps): JSX.Element {
  const { words } = useApp();
  const bar = useRef<HTMLDivElement>(null);
  // Whatever touches the screen; a mouse means the place where it is pressed.
  const finger = useRef<Finger | null>(null);
  const toPointer = (event: PointerEvent): void => {
    const box = bar.current?.getBoundingClientRect();
    if (box) onSeek((Math.min(Math.max(0, event.clientX - box.left), box.width) / box.width) * seconds);
  };
  return (
    <div ref={bar} class="seek" role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={Math.round(seconds)} aria-valuenow={Math.round(position)}
      aria-valuetext={words.t('message.position', { position: words.spokenLength(position), length: words.spokenLength(seconds) })}
      onPointerDown={(event) => {
        if (event.button !== 0 || !event.isPrimary) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        finger.current = event.pointerType === 'mouse' ? null : onDown(event.clientX, event.clientY);
        if (finger.current === null) toPointer(event);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        if (finger.current !== null) finger.current = onMove(finger.current, event.clientX, event.clientY);
        if (finger.current?.draws !== false) toPointer(event);
      }}
      onPointerUp={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId) || finger.current === null) return;
        if (isTap(finger.current, event.clientX, event.clientY)) toPointer(event);
      }}
      onKeyDown={(event) => {
        const to = seekKey(event.key, position, seconds);
        if (to === null) return;
        event.preventDefault();
        event.stopPropagation();
        onSeek(to);
      }}>
      <Waveform {...wave} />
    </div>
  );
}

function seekKey(key: string, position: number, seconds: number): number | null {
  const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
  if (key === 'Home') return 0;
  if (key === 'End') return seconds;
  const step = steps[key];
  return step === undefined ? null : Math.min(Math.max(0, position + step), seconds);
}
