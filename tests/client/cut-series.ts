import { parseArgs } from 'node:util';
import { systemRandom } from '@earshot/base/random.ts';
import { cutPlace, CutPair, cutSeries } from './cuts.ts';

// The long form of [WAY11]: node tests/client/cut-series.ts [--every 1] [--large 200] [--pairs 6]
// A message of 1.5 s cut at every byte that goes up for it, then one of 3 min cut at random bytes. Fails at the first that is not whole.
const SMALL = 75;
const LARGE = 9_000;
const { values } = parseArgs({ options: { every: { type: 'string', default: '1' }, large: { type: 'string', default: '200' }, pairs: { type: 'string', default: '6' } } });
const pairs = Number(values.pairs);

await using place = await cutPlace();
const [small, large] = await sizes();
await series(`a small message of ${small} bytes`, Array.from({ length: Math.ceil(small / Number(values.every)) }, (_, at) => 1 + at * Number(values.every)), SMALL);
await series(`a large message of ${large} bytes`, Array.from({ length: Number(values.large) }, () => 1 + Math.floor(systemRandom.fraction() * large)), LARGE);

/** Bytes that go up for each of them, with the heads of their requests. */
async function sizes(): Promise<readonly [number, number]> {
  await using pair = await CutPair.meet(place, 'first');
  return [await pair.measure(SMALL), await pair.measure(LARGE)];
}

async function series(what: string, offsets: readonly number[], count: number): Promise<void> {
  const begun = performance.now();
  await cutSeries(place, Math.min(pairs, offsets.length), offsets, count, (done) => {
    if (done % 100 === 0) process.stdout.write(`${what}: ${done} of ${offsets.length} cuts\n`);
  });
  process.stdout.write(`${what}: ${offsets.length} cuts, each time one message with the same hash, ${Math.round((performance.now() - begun) / 1000)} s\n`);
}
