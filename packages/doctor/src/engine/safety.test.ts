import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tree } from '../knowledge/kinds.ts';
import { small, step } from '../testing/small-knowledge.ts';
import type { Action } from './action.ts';
import { violationsOf } from './safety.ts';
import { happened, openSession, type Happening } from './session.ts';

const fresh = openSession({ app: 'whatsapp', platform: 'ios', browser: null, place: 'web' }, { symptom: 'silent' });
const offer = (id: string): Action => ({ kind: 'step', step: id, ways: [], chance: 0.5, against: [] });
const done = (id: string): Happening[] => [
  { kind: 'step', step: id, outcome: 'done' },
  { kind: 'retest', step: id, of: 'works', answer: 'no' },
];
const suspects = [{ cause: 'stuck', chance: 0.6 }, { cause: 'forbidden', chance: 0.4 }]; // prettier-ignore
const erasing = step('start-anew', { stuck: 'always' }, { kind: 'setting', how: [{ do: { en: ['Erase All Content and Settings'] } }] });
const careless = step('reinstall', { stuck: 'always' }, { kind: 'reinstall', destroys: [] });
const knowledge = { ...small, steps: [...small.steps, erasing, careless] };

const judged = (action: Action, tree: Tree | null = 'not-working', ...more: Happening[]): string[] =>
  violationsOf(knowledge, happened(fresh, ...more), tree, action, suspects);

const forbidden: readonly (readonly [rule: string, what: string, found: string[]])[] = [
  ['[SAFE1]', 'a step before it is known which tree it is', judged(offer('allow'), null)],
  ['[SAFE1]', 'a restart where something has gone', judged(offer('restart'), 'gone')],
  ['[SAFE1]', 'a probe that writes where something has gone', judged({ kind: 'probe', probes: ['uploads'], because: 'first-look' }, 'gone')],
  ['[SAFE2]', 'a reset without a backup', judged(offer('reset'), 'not-working', ...done('restart'))],
  ['[SAFE2]', 'a reset with a backup that was not verified', judged(offer('reset'), 'not-working', ...done('restart'), { kind: 'backup', verified: false })],
  ['[SAFE3]', 'erasing the device, whatever it is called', judged(offer('start-anew'))],
  ['[SAFE4]', 'taking away without saying what', judged(offer('reinstall'), 'not-working', { kind: 'backup', verified: true })],
  ['[SAFE5]', 'a second change before the first was tested', judged(offer('restart'), 'not-working', { kind: 'step', step: 'allow', outcome: 'done' })],
  ['[SAFE5]', 'a test before the permissions that a reset took', judged({ kind: 'retest', step: 'reset', of: 'works' }, 'not-working', { kind: 'step', step: 'reset', outcome: 'done' })],
  ['[SAFE5]', 'the same step twice', judged(offer('restart'), 'not-working', ...done('restart'))],
  ['[SAFE6]', 'a step before those that must come before it', judged(offer('reset'), 'not-working', { kind: 'backup', verified: true })],
  ['[SAFE6]', 'a riskier step while one with less risk is as likely', violationsOf(knowledge, fresh, 'not-working', offer('restart'), [{ cause: 'forbidden', chance: 1 }])],
  ['[SAFE7]', 'hardware named without proof', judged({ kind: 'end', how: 'known', suspects: [{ cause: 'broken', chance: 0.9 }], reasons: [] })],
]; // prettier-ignore

for (const [rule, what, found] of forbidden) {
  test(`${rule} the checker of safety finds ${what}`, () => {
    assert.ok(found.some((each) => `[${each}`.startsWith(rule.slice(0, -1))), JSON.stringify(found));
  });
}

test('[SAFE6] the checker of safety lets pass what is allowed', () => {
  assert.deepEqual(violationsOf(small, fresh, 'not-working', offer('allow'), suspects), []);
  const ready: Happening[] = [...done('restart'), { kind: 'backup', verified: true }];
  assert.deepEqual(violationsOf(small, happened(fresh, ...ready), 'not-working', offer('reset'), [{ cause: 'stuck', chance: 1 }]), []);
});
