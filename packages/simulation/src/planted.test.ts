import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import { markHeader } from '@earshot/protocol/addresses.ts';
import type { Tamper } from './link.ts';
import { type Outcome, simulate } from './run.ts';
import { ServerApp, type ServerAnswer, type ServerRequest } from './server-host.ts';

const app = await ServerApp.make();

/** A short world with a few dozen messages. */
const SEED = 11;

test('[SIM2] a seed replays exactly: the same steps at the same times', async () => {
  const [one, other, another] = [await simulate(SEED, app), await simulate(SEED, app), await simulate(SEED + 1, app)];
  assert.deepEqual(one.trace, other.trace);
  assert.equal(one.sum, other.sum);
  assert.ok(one.messages > 10 && one.trace.length > 100);
  assert.notEqual(one.sum, another.sum);
});

test('[SIM3] a server that loses a message it acknowledged is found out', async () => {
  let lost = 0;
  const outcome = await simulate(SEED, app, { tamper: async (request, ask) => {
    if (!isMessage(request) || lost > 0) return await ask();
    lost += 1;
    return acknowledging(3);
  } });
  assert.equal(lost, 1);
  // Its device sends it again, and it gets another number.
  found(outcome, /was acknowledged as 3, now as/);
});

test('[SIM3] a server that reorders is found out', async () => {
  /** One message is acknowledged and held back until the next one of the same device and log is through. */
  let held: { readonly lane: string; readonly ask: () => Promise<ServerAnswer> } | null = null;
  let swapped = 0;
  const outcome = await simulate(SEED, app, { tamper: async (request, ask) => {
    if (!isMessage(request)) return await ask();
    const lane = `${request.path} ${request.headers['authorization']}`;
    if (held === null && swapped === 0) {
      held = { lane, ask };
      return acknowledging(9_999);
    }
    const answer = await ask();
    if (held?.lane === lane && swapped === 0) {
      swapped += 1;
      await held.ask();
    }
    return answer;
  } });
  assert.equal(swapped, 1);
  found(outcome, /was sent before .* behind/, /was acknowledged as/);
});

test('[SIM3] a server that gives out other bytes than it was given is found out', async () => {
  const spoil: Tamper = async (request, ask) => {
    const answer = await ask();
    if (!request.path.startsWith('/v1/blobs/') || answer.status >= 300) return answer;
    const body = answer.body.slice();
    body[30] = (body[30] ?? 0) ^ 1;
    return { ...answer, body };
  };
  found(await simulate(SEED, app, { tamper: spoil }), /is not whole: .*blob\.damaged/);
});

test('[SIM3] a server that forgets what it received is found out', async () => {
  const forget: Tamper = async (request, ask) => {
    const answer = await ask();
    return request.path.startsWith('/v1/uploads/') && answer.status === 204 ? { ...answer, headers: { ...answer.headers, 'upload-offset': '1' } } : answer;
  };
  found(await simulate(SEED, app, { tamper: forget }), /stood at \d+, now at 1/);
});

function isMessage({ method, path, body }: ServerRequest): boolean {
  return method === 'POST' && path.endsWith('/events') && fromUtf8(body ?? new Uint8Array()).includes('"class":"message"');
}

function acknowledging(seq: number): ServerAnswer {
  return { status: 200, headers: { [markHeader]: '1' }, body: utf8(JSON.stringify({ seq, at: 1_767_225_600_000 })) };
}

function found({ violations }: Outcome, ...patterns: readonly RegExp[]): void {
  for (const pattern of patterns) assert.ok(violations.some((text) => pattern.test(text)), `not found: ${pattern}\n${violations.slice(0, 20).join('\n')}`);
}
