import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BEST, next, type Outcome, rungAt, type Standing } from './ladder.ts';

const RUNGS = 3;
const HOLD = 600_000;
const after = (outcomes: readonly Outcome[], now = 0, from: Standing = BEST): Standing => outcomes.reduce((standing, outcome) => next(standing, RUNGS, outcome, now), from);

test('[WAY5] a refusal leads down at once, silence only after the server answered something plain, and twice', () => {
  assert.equal(after(['refused']).rung, 1);
  assert.equal(after(['refused', 'refused']).rung, 2);
  assert.equal(after(['dropped']).rung, 0);
  assert.equal(after(['dropped', 'dropped', 'dropped', 'dropped']).rung, 0, 'nobody is there');
  assert.equal(after(['dropped', 'plain', 'dropped']).rung, 1);
  assert.equal(after(['dropped', 'plain', 'passed', 'dropped']).rung, 0, 'an accident each time');
});

test('[WAY5] what passes stays for a while; then the best is tried again, and one failure is enough to leave it', () => {
  const lesser = after(['refused', 'passed']);
  assert.equal(rungAt(lesser, HOLD - 1), 1);
  assert.equal(rungAt(lesser, HOLD), 0);
  assert.equal(rungAt(after(['passed'], HOLD, lesser), HOLD), 0);
  assert.equal(rungAt(after(['dropped'], HOLD, lesser), HOLD), 1);
  assert.equal(rungAt(lesser, -10 * HOLD), 0, 'a clock put back by days');
});

test('[WAY5] when no way passes it is not the way, whatever happens in which order', () => {
  assert.deepEqual(after(['refused', 'refused', 'refused']), BEST);
  const outcomes = fc.array(fc.constantFrom<Outcome>('passed', 'refused', 'dropped', 'plain'));
  fc.assert(fc.property(outcomes, fc.nat(10_000_000), (story, now) => {
    const standing = after(story, now);
    assert.ok(standing.rung >= 0 && standing.rung < RUNGS);
    assert.ok(standing.until <= now + HOLD);
    // Whatever it believes, the truth is found within a few tries.
    for (let truth = 0; truth < RUNGS; truth += 1) {
      let found = standing;
      for (let tries = 0; tries < 2 * RUNGS && rungAt(found, now) !== truth; tries += 1) found = next(found, RUNGS, 'refused', now);
      assert.equal(rungAt(next(found, RUNGS, 'passed', now), now), truth);
    }
  }));
});
