import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { shapeOf } from '../playing/bars.ts';
import { useApp } from '../shell/app.ts';
import { PACKETS_PER_SECOND } from './take-sound.ts';

const STEP = 5;
const STROKE = 3;
/** Packets (20 ms each) behind one bar. */
const PER_BAR = 4;
/** Below the bars: where each second is. CSS pixels. */
const LINE_ROOM = 8;

/** The last seconds as they are captured, the newest at the right. It moves when frames arrive, and only then; a line below tells where each second is. */
export function LiveWave(): JSX.Element {
  const { recording } = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const peaks = recording.peaks.value;
    const { server, device } = recording.whereabouts.value;
    if (canvas.current) draw(canvas.current, peaks, { server, device: server + device });
  });
  return <canvas ref={canvas} class="live" aria-hidden="true" />;
}

/** `server` and `device`: seconds from the beginning that are safe there. */
function draw(canvas: HTMLCanvasElement, peaks: Uint8Array, safe: { readonly server: number; readonly device: number }): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { clientWidth: width, clientHeight } = canvas;
  const height = clientHeight - LINE_ROOM;
  clear(context, devicePixelRatio);
  const all = Math.ceil(peaks.length / PER_BAR);
  const shown = Math.min(all, Math.floor(width / STEP));
  context.lineWidth = STROKE;
  context.beginPath();
  for (let back = 0; back < shown; back += 1) {
    const from = (all - 1 - back) * PER_BAR;
    let loudest = 0;
    for (let at = from; at < Math.min(from + PER_BAR, peaks.length); at += 1) loudest = Math.max(loudest, peaks[at] ?? 0);
    const half = Math.max(1, (shapeOf(loudest) * (height - STROKE * 2)) / 2);
    const x = width - STROKE - back * STEP;
    context.moveTo(x, height / 2 - half);
    context.lineTo(x, height / 2 + half);
  }
  context.stroke();
  context.lineWidth = 2;
  context.beginPath();
  for (let back = 0; back < shown; back += 1) {
    const second = Math.floor(((all - 1 - back) * PER_BAR) / PACKETS_PER_SECOND);
    const x = width - STROKE - back * STEP;
    // A line where it is on the server, dashes where it is on this device, nothing before: as `CustodyLine` has it.
    const half = second < safe.server ? STEP / 2 : second < safe.device ? 0.5 : null;
    if (half === null) continue;
    context.moveTo(x - half, clientHeight - 2);
    context.lineTo(x + half, clientHeight - 2);
  }
  context.stroke();
}

function clear(context: CanvasRenderingContext2D, scale: number): void {
  const { canvas } = context;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== width * scale || canvas.height !== height * scale) {
    canvas.width = width * scale;
    canvas.height = height * scale;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineCap = 'round';
  context.strokeStyle = getComputedStyle(canvas).color;
}
