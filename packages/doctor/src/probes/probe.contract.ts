import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFailureCode } from '@earshot/protocol/failures.ts';
import { measures } from '../bundle/measures.ts';
import { bearingOf, isProbeId } from './catalogue.ts';
import type { ProbeSet } from './probe.ts';

/** The law of the port, for every probe of a set. `make` gives a fresh one, as for each look. */
export function probeContract(name: string, make: () => ProbeSet): void {
  test(`[PROBE1] ${name}: every answer is one of the closed list, every number has a name that may be shared, every code is known`, async () => {
    const { signal } = new AbortController();
    for (const [probe, measure] of Object.entries(make())) {
      assert.ok(isProbeId(probe), probe);
      const { answer, measured = {}, code = null } = await measure(signal);
      assert.ok(answer === 'unknown' || bearingOf(probe, answer) !== null, `${probe} answers ${answer}`);
      assert.ok(code === null || isFailureCode(code), `${probe}: ${code ?? ''}`);
      for (const [number, value] of Object.entries(measured)) assert.ok(Number.isFinite(value) && measures.some((known) => known === number), `${probe} measures ${number}`);
    }
  });
}
