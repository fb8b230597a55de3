import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import type { Ports } from '@earshot/server/ports.ts';
import type { KeepingStore } from '@earshot/server/store/keeping-store.ts';
import type { Tamper } from './link.ts';
import { simulate, type Terms } from './run.ts';
import { type Plant, ServerApp } from './server-host.ts';

const app = await ServerApp.make();

/** Short worlds. Not in each of them something ends where it is looked at; in one of them it does. */
const SEEDS = [1_000_104, 1_000_119, 1_000_115, 1_000_111, 1_000_103, 1_000_102, 1_000_114];
const DAY = 86_400_000;

type Sweep = KeepingStore['sweep'];

test('[SIM9] a server that ends things a day early is found out', { timeout: 1_800_000 }, async () => {
  await found({ plant: sweeping((sweep) => (now, restsSince, most) => sweep(now + DAY, restsSince + DAY, most)) }, /rests until \d+, and the bytes of blob \w+ are gone/);
});

test('[SIM9] a server that keeps what has rested its time is found out', { timeout: 1_800_000 }, async () => {
  await found({ plant: sweeping((sweep) => (now, _, most) => sweep(now, 0, most)) }, /has rested since \d+, and the bytes of blob \w+ are there/);
});

test('[SIM9] a device that counts a day less is found out', { timeout: 1_800_000 }, async () => {
  const shortened: Tamper = async (request, ask) => {
    const answer = await ask();
    if (request.path !== '/v1/sync' || answer.status !== 200) return answer;
    const said = JSON.parse(fromUtf8(answer.body)) as { retention: { rest: number } };
    return { ...answer, body: utf8(JSON.stringify({ ...said, retention: { ...said.retention, rest: said.retention.rest - DAY } })) };
  };
  await found({ tamper: shortened }, /rests until \d+, deleted at|rests until \d+ only|is said to be let-go at \d+, before/);
});

test('[SIM10] a device that keeps the key of what has ended is found out', { timeout: 1_800_000 }, async () => {
  for (const pattern of [/has ended, and its key is there/, /has rested its time, and its key is there/]) await found({ hoard: (key) => key.startsWith('k/ephemeral/key/') }, pattern);
});

test('[SIM10] what expires and opens with the key of its conversation is found out: a server that withholds everybody’s prekeys', { timeout: 1_800_000 }, async () => {
  const withholding: Tamper = async (request, ask) => {
    const answer = await ask();
    return request.path.endsWith('/prekeys') && answer.status === 200 ? { ...answer, body: utf8('{"prekeys":[]}') } : answer;
  };
  await found({ tamper: withholding }, /expires, and opens with the key of its conversation/);
});

/** A server whose upkeep sweeps in another way. */
function sweeping(change: (sweep: Sweep) => Sweep): Plant {
  return (ports: Ports) => {
    const { keeping } = ports.store;
    const spoilt: KeepingStore = { letGo: (command) => keeping.letGo(command), holds: (...asked) => keeping.holds(...asked), sweep: change((now, restsSince, most) => keeping.sweep(now, restsSince, most)) };
    return { ...ports, store: new Proxy(ports.store, { get: (store, name: keyof Ports['store']) => (name === 'keeping' ? spoilt : store[name]) }) };
  };
}

async function found(terms: Terms, pattern: RegExp): Promise<void> {
  const told: string[] = [];
  for (const seed of SEEDS) {
    const { violations } = await simulate(seed, app, { ...terms, years: true });
    if (violations.some((text) => pattern.test(text))) return;
    told.push(...violations);
  }
  assert.fail(`not found: ${String(pattern)}\n${told.slice(0, 20).join('\n')}`);
}
