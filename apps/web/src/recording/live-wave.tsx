import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { shapeOf } from '../playing/bars.ts';
import { useApp } from '../shell/app.ts';

const STEP = 5;
const STROKE = 3;
/** Packets (20 ms each) behind one bar. */
const PER_BAR = 4;

/** The last seconds as they are captured, the newest at the right. It moves when frames arrive, and only then. */
export function LiveWave(): JSX.Element {
  const { recording } = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const peaks = recording.peaks.value;
    if (canvas.current) draw(canvas.current, peaks);
  });
  return <canvas ref={canvas} class="live" aria-hidden="true" />;
}

function draw(canvas: HTMLCanvasElement, peaks: Uint8Array): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const scale = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== width * scale || canvas.height !== height * scale) {
    canvas.width = width * scale;
    canvas.height = height * scale;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineWidth = STROKE;
  context.lineCap = 'round';
  context.strokeStyle = getComputedStyle(canvas).color;
  context.beginPath();
  const all = Math.ceil(peaks.length / PER_BAR);
  const shown = Math.min(all, Math.floor(width / STEP));
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
}
