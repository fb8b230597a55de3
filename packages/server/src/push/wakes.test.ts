import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { eventClass } from '@earshot/protocol/envelope.ts';
import { afterwards, type Candidate, concerned, look } from './wakes.ts';

const candidate = (device: string, change: Partial<Candidate> = {}): Candidate => ({ device, person: device, silent: false, blocked: false, ...change });
const wake = { asked: 1_000, held: false, tries: 0 };

test('[PUSH5] only a voice wakes, and neither who spoke, nor whoever does not want to hear it', () => {
  const all = [candidate('ben'), candidate('own phone', { person: 'ada' }), candidate('silent', { silent: true }), candidate('blocker', { blocked: true }), candidate('cy')];
  assert.deepEqual(concerned({ class: 'message', person: 'ada' }, () => all), ['ben', 'cy']);
  for (const other of eventClass.options.filter((one) => one !== 'message')) assert.deepEqual(concerned({ class: other, person: 'ada' }, () => all), [], other);
});

test('[PUSH6] who holds the message is left alone, who is connected has a while to say so, and nobody else waits', () => {
  const at = (now: number, connected: boolean) => look(wake, { now, connected, grace: 500 });
  assert.deepEqual(at(1_001, false), { do: 'send' });
  assert.deepEqual(at(1_001, true), { do: 'wait', until: 1_500 });
  assert.deepEqual(at(1_500, true), { do: 'send' });
  assert.deepEqual(look({ ...wake, held: true }, { now: 1_001, connected: false, grace: 500 }), { do: 'drop' });
});

test('[PUSH3] a failed wake is tried again, later each time and never before the push service wants it; only the end of the subscription or a week ends it', () => {
  const world = { now: 2_000, random: seededRandom(1), patience: 1_000_000 };
  const failed = (retryAfter: number | null, tries = 0, now = 2_000) => afterwards({ ...wake, tries }, { kind: 'failed', reason: 'x', status: 503, retryAfter }, { ...world, now });
  assert.deepEqual(afterwards(wake, { kind: 'accepted' }, world), { do: 'done' });
  assert.deepEqual(afterwards(wake, { kind: 'gone' }, world), { do: 'remove' });
  const soon = failed(null);
  const late = failed(null, 9);
  assert.ok(soon.do === 'again' && late.do === 'again' && soon.at > 2_000 && late.at - 2_000 > 100 * (soon.at - 2_000));
  assert.deepEqual(failed(600_000), { do: 'again', at: 602_000 });
  const greedy = failed(1e12);
  assert.ok(greedy.do === 'again' && greedy.at === 2_000 + 86_400_000, 'for a day at the most');
  assert.deepEqual(failed(null, 3, 1_001_000), { do: 'remove' });
});
