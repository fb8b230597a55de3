import { TwoPeople } from './latency.ts';
import { ServerProcess } from './server-process.ts';
import { quantile, type Row } from './table.ts';

const PAIRS = 60;
const SECONDS = 5;

/** From the last packet to the whole message on the listener's disk: sealed and not sealed by turns, so that whatever else the machine does befalls both. */
export async function addedBySealing(): Promise<Row> {
  await using server = await ServerProcess.start();
  await using people = await TwoPeople.meet(server, server.origin);
  const [sealed, plain]: [number[], number[]] = [[], []];
  for (let pair = -2; pair < PAIRS; pair += 1) {
    for (const passing of pair % 2 === 0 ? [false, true] : [true, false]) {
      people.passThrough(passing);
      const { kept } = await people.speak(SECONDS, false);
      // The first ones warm code and caches.
      if (pair >= 0) (passing ? plain : sealed).push(kept);
    }
  }
  const [with50, without50] = [quantile(sealed, 0.5), quantile(plain, 0.5)];
  const note = `${SECONDS} s of sound, ${PAIRS} of each by turns: ${with50.toFixed(1)} ms sealed, ${without50.toFixed(1)} ms with sealing and signing passed through; p99 ${quantile(sealed, 0.99).toFixed(0)} and ${quantile(plain, 0.99).toFixed(0)} ms`;
  return { what: 'what sealing adds from the last packet to the ear, end to end, p50', measured: with50 - without50, unit: 'ms', aim: 3, better: 'lower', note };
}
