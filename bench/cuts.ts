import { FaultyLink, type LinkShape } from '@earshot/faults/link.node.ts';
import { TwoPeople } from './latency.ts';
import { ServerProcess } from './server-process.ts';
import type { Row } from './table.ts';

const UPLINK: LinkShape = { upBits: 64_000 };
const SECONDS = Number(process.env['EARSHOT_BENCH_CUT_SECONDS'] ?? 180);
const AWAY = 10_000;

/**
 * A message of three minutes in real time on 64 kbit/s, its connection gone for 10 s: in mid-speech, and from 5 s before the end on. Both at
 * once, each on a link of its own.
 */
export async function measureCuts(): Promise<Row[]> {
  await using server = await ServerProcess.start();
  const [middle, end] = await Promise.all([speakThroughCut(server, SECONDS / 2), speakThroughCut(server, SECONDS - 5)]);
  const row = (what: string, measured: number, aim: number): Row => ({ what, measured, unit: 'ms', aim, better: 'lower' });
  return [
    row('3 min, 64 kbit/s, cut for 10 s in mid-speech: last word to last byte', middle.afterLastWord, 1_000),
    row('the same, cut 5 s before the end: link back to last byte', end.afterBack, 4_000),
  ];
}

/** Milliseconds to the last byte at the listener, from the last word, and from when the link was back. */
async function speakThroughCut(server: ServerProcess, at: number): Promise<{ afterLastWord: number; afterBack: number }> {
  await using link = await FaultyLink.open(server.origin, UPLINK);
  await using people = await TwoPeople.meet(server, link.origin);
  const back = Promise.withResolvers<number>();
  setTimeout(() => link.shape({ ...UPLINK, down: true }), at * 1000);
  setTimeout(() => {
    link.shape(UPLINK);
    back.resolve(performance.now());
  }, at * 1000 + AWAY);
  const { lastByte } = await people.speak(SECONDS, true);
  // The listener's clock is the machine's: what is left of it here is how long this process waited for its word.
  const arrived = performance.now();
  return { afterLastWord: lastByte, afterBack: arrived - (await back.promise) };
}
