import type { AnswerOf } from './catalogue.ts';

/** Bits a second. A voice takes 24,000; twice that keeps up with it while something else uses the link. */
const LIVE = 48_000;
/** Below this a sentence of ten seconds takes longer than half a minute. */
const LATER = 8_000;
/** Of the small requests: lost or late. */
const LOSSY = 0.1;

/** The verdict for voice of a link whose slower direction carries so many bits a second. */
export function judgeThroughput(bitsPerSecond: number): AnswerOf<'throughput'> {
  if (bitsPerSecond >= LIVE) return 'live';
  return bitsPerSecond >= LATER ? 'later' : 'poor';
}

export function judgeSteadiness({ asked, late, lost }: { readonly asked: number; readonly late: number; readonly lost: number }): AnswerOf<'packet-loss'> {
  if (asked === 0 || lost === asked) return 'unknown';
  const share = (lost + late) / asked;
  if (share > LOSSY) return 'lossy';
  return share > 0 ? 'uneven' : 'steady';
}

/** Another network counts as better or worse when it carries twice or half as much. */
export function judgeChange(before: number, now: number): AnswerOf<'network-change'> {
  if (now >= before * 2) return 'better';
  return now * 2 <= before ? 'worse' : 'same';
}
