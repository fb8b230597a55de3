import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { downloadsPass, measureSteadiness, measureThroughput, whatStopsUploads, type MeasurePorts } from '@earshot/client/reach/measure.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { FaultyLink } from '@earshot/faults/link.node.ts';
import { type Meddler, Middlebox } from '@earshot/faults/middlebox.node.ts';
import { all, blocksLargeBodies, blocksMethods, contentFilter } from '@earshot/faults/obstacles.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';
import { town } from './town.ts';

/** What is silent for less than this passes for slow: a machine may stand still for seconds. Milliseconds. */
const PATIENCE = 15_000;

const over = (server: string, stallTimeout = PATIENCE): MeasurePorts => ({ transport: httpTransport({ server, stallTimeout }), clock: systemClock, signal: AbortSignal.timeout(300_000) });

test('[PROBE2] what a filter stops is told by size, type and method, and bytes that were changed on their way are seen', async () => {
  await using place = await town();
  await using box = await Middlebox.open(place.origin);
  const ports = over(box.origin);
  const blocksPieces: Meddler = ({ method, path, headers }) => (headers['content-type']?.includes('octet') === true || path.includes('uploads') ? { do: 'drop' } : { do: method === 'GET' ? 'pass' : 'drop' });
  const rows: [Meddler, string][] = [
    [() => ({ do: 'pass' }), 'pass'],
    [blocksLargeBodies(20_000), 'stopped-by-size'],
    [blocksLargeBodies(20_000, 'cut'), 'stopped-by-size'],
    [contentFilter(['application/json', 'application/octet-stream']), 'stopped-by-type'],
    [blocksMethods(['PATCH', 'PUT', 'DELETE']), 'stopped-by-method'],
    [all(blocksMethods(['PATCH']), blocksLargeBodies(20_000)), 'stopped-by-size'],
    [blocksPieces, 'stopped'],
  ];
  for (const [meddle, expected] of rows) {
    box.meddle = meddle;
    assert.equal(await whatStopsUploads(ports), expected);
  }
  assert.equal(await downloadsPass(ports), 'stopped');
  box.meddle = () => ({ do: 'pass' });
  assert.equal(await downloadsPass(ports), 'pass');
  box.meddle = () => ({ do: 'answer', status: 200, headers: { 'earshot-received': '0' }, body: 'x'.repeat(65_536) });
  assert.equal(await downloadsPass(ports), 'damaged');
});

// What is measured here takes no longer than a machine may stand still: then once more.
test('[PROBE2] a link is told by its speed, each way apart, however slow it is', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  await using place = await town();
  await using link = await FaultyLink.open(place.origin, { upBits: 160_000, downBits: 640_000 });
  const { upBitsPerSecond, downBitsPerSecond } = await measureThroughput(over(link.origin));
  // A busy machine makes a link slower, and nothing makes it faster; what is sent beside the bytes is a tenth at most.
  assert.ok(upBitsPerSecond !== null && upBitsPerSecond > 40_000 && upBitsPerSecond < 190_000, String(upBitsPerSecond));
  assert.ok(downBitsPerSecond !== null && downBitsPerSecond > upBitsPerSecond && downBitsPerSecond < 760_000, String(downBitsPerSecond));
  // Not even the smallest piece gets through in this time.
  link.shape({ upBits: 8_000 });
  const poor = (await measureThroughput(over(link.origin, 2_000))).upBitsPerSecond;
  assert.ok(poor !== null && poor < 40_000, String(poor));
}));

test('[PROBE2] a link that loses is told from one that does not', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  await using place = await town();
  let asked = 0;
  await using box = await Middlebox.open(place.origin);
  assert.deepEqual({ ...(await measureSteadiness(over(box.origin))), late: 0, roundTripMs: 0 }, { asked: 18, lost: 0, late: 0, roundTripMs: 0 });
  box.meddle = () => ({ do: (asked += 1) % 6 === 0 ? 'drop' : 'pass' });
  assert.equal((await measureSteadiness(over(box.origin))).lost, 3);
}));
