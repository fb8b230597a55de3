import { test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { cutPlace, CutPair, cutSeries } from './cuts.ts';

// Every offset is the command's business: node tests/client/cut-series.ts.

test('[WAY11] the connection cut at sampled bytes of a small message: always one message, the same hash', { timeout: 300_000 }, async () => {
  await using place = await cutPlace();
  const total = await measured(place, 75);
  const offsets = Array.from({ length: total }, (_, at) => at + 1).filter((at) => at <= 5 || at > total - 5 || at % 397 === 0);
  await cutSeries(place, 4, offsets, 75);
});

test('[WAY11] the same at random bytes of a large message', { timeout: 300_000 }, async () => {
  await using place = await cutPlace();
  const total = await measured(place, 1_500);
  const random = seededRandom(7);
  await cutSeries(place, 2, Array.from({ length: 4 }, () => 1 + Math.floor(random.fraction() * total)), 1_500);
});

async function measured(place: Awaited<ReturnType<typeof cutPlace>>, count: number): Promise<number> {
  await using pair = await CutPair.meet(place, 'first');
  return await pair.measure(count);
}
