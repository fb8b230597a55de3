import type { Way } from './recorder.ts';
import type { CaptureWay } from './sound-source.ts';

/** What was found in this browser. */
export interface Found {
  readonly capture: CaptureWay;
  readonly disk: 'opfs' | 'indexeddb';
  /** Better disks that were tried and refused, with the reason; empty for none. */
  readonly refused: string;
  readonly codec: 'simd' | 'plain';
  readonly locks: 'web-locks' | 'channel';
}

const CAPTURE_NOTES: Readonly<Record<CaptureWay, string | null>> = {
  track: null,
  worklet: 'This browser gives sound to its audio system only, and takes it from there: that costs more battery.',
  'script-processor': 'This browser has no audio worklet: sound is captured beside the page’s own work, and a page that hangs may cost some.',
};

/** How it records here, and what that costs where it is not the best way. */
export function waysOf({ capture, disk, refused, codec, locks }: Found): readonly Way[] {
  return [
    { what: 'capture', way: capture, note: CAPTURE_NOTES[capture] },
    { what: 'disk', way: disk, note: disk === 'opfs' || refused === '' ? null : `Files cannot be used here (${refused}): recordings go into the browser’s database, which costs more battery.` },
    { what: 'codec', way: codec, note: codec === 'simd' ? null : 'This browser computes without SIMD: encoding costs more battery.' },
    { what: 'locks', way: locks, note: locks === 'web-locks' ? null : 'This browser has no locks between windows: they ask one another, which takes a moment.' },
  ];
}
