// node tests/browser/long-take.ts [--hours 4]: records for hours, faster than they pass, and measures memory and disk.
import { parseArgs } from 'node:util';
import { recordLong } from '@earshot/recorder/testing/long-take.node.ts';

/** Bytes. */
const BOUND = 20_000_000;

const { values } = parseArgs({ options: { hours: { type: 'string', default: '4' } } });
const began = performance.now();
const take = await recordLong(Math.round(Number(values.hours) * 60), (minute, growth) => {
  if (minute % 30 === 0) process.stdout.write(`${minute} minutes: memory grew by ${(growth / 1e6).toFixed(2)} MB\n`);
});
process.stdout.write(`${values.hours} h in ${((performance.now() - began) / 60_000).toFixed(1)} min: ${(take.bytes / 1e6).toFixed(1)} MB on disk, ${take.packets} packets, memory grew by ${(take.growth / 1e6).toFixed(2)} MB at most (bound: ${BOUND / 1e6} MB)\n`);
process.stdout.write(`listing it read ${take.listed} bytes; ${take.cpuPerMinute.toFixed(2)} s of processor time for each minute (encoder, sentinel, journal)\n`);
if (take.growth > BOUND) process.exitCode = 1;
