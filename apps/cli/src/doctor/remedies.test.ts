import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearingOf, probes } from '@earshot/doctor/probes/catalogue.ts';
import { operatorProbes } from './operator.node.ts';
import { remedyOf, type Side } from './remedies.ts';
import { userProbes } from './user.node.ts';

/** Their failure says what to do, by its own code, on every machine alike. */
const SAID_BY_CODE = new Set([
  'server-reach offline', 'server-reach unreachable', 'server-reach stalled', 'server-reach portal', 'server-reach down', 'small-requests stopped', 'server-status full', 'server-status incident', 'server-status trouble',
  'clock behind', 'clock ahead', 'sign-in disabled', 'uploads stopped-by-size', 'uploads stopped-by-type', 'uploads stopped-by-method', 'uploads stopped', 'downloads stopped', 'downloads damaged', 'storage-room full',
]);

for (const [side, asked] of [['user', userProbes], ['operator', operatorProbes]] as const) {
  test(`[CLI19] [CLI20] whatever is not well on the side of the ${side} says what to do`, () => {
    const silent = asked.flatMap((probe) => Object.keys(probes[probe].answers).flatMap((answer) => (isSilent(side, probe, answer) ? [`${probe} ${answer}`] : [])));
    assert.deepEqual(silent, []);
  });
}

function isSilent(side: Side, probe: keyof typeof probes, answer: string): boolean {
  return bearingOf(probe, answer) !== 'fine' && remedyOf(side, probe, answer) === null && !SAID_BY_CODE.has(`${probe} ${answer}`);
}
