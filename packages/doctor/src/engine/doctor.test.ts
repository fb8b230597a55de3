import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { small, step } from '../testing/small-knowledge.ts';
import { createDoctor } from './doctor.ts';
import { happened, openSession, type Happening, type Session } from './session.ts';

const doctor = createDoctor(small);
const fresh = openSession({ app: 'whatsapp', platform: 'ios', browser: null, place: 'web' }, { symptom: 'silent' });
const said = (of: string, answer: string): Happening => ({ kind: 'answer', of, answer });
const after = (session: Session, ...more: Happening[]): ReturnType<typeof doctor.next> => doctor.next(happened(session, ...more));
const isForbidden = [said('allowed', 'no'), said('mark', 'no')];
const did = (id: string, answer: string): Happening[] => [
  { kind: 'step', step: id, outcome: 'done' },
  ...Array.from({ length: 3 }, (): Happening => ({ kind: 'retest', step: id, of: 'works', answer })),
];

describe('what is done next', () => {
  test('[DOC3] before it is known which of the two trees it is, nothing else is asked; a symptom and a failure say it', () => {
    assert.deepEqual(doctor.next({ ...fresh, symptom: null }), { kind: 'choose-tree' });
    assert.equal(doctor.tree(fresh), 'not-working');
    assert.equal(doctor.tree({ ...fresh, symptom: null, code: 'mic.denied' }), 'not-working');
    assert.equal(doctor.tree({ ...fresh, symptom: 'message-gone' }), 'gone');
  });

  test('[DOC3] probes come first, all that apply together, and what does not look fine is looked at once more', () => {
    const own: Session = { ...fresh, app: 'earshot' };
    assert.deepEqual(doctor.next(own), { kind: 'probe', probes: ['storage-room'], because: 'first-look' });
    assert.deepEqual(after(own, said('storage-room', 'full')), { kind: 'probe', probes: ['storage-room'], because: 'look-again' });
    assert.equal(after(own, said('storage-room', 'full'), said('storage-room', 'full'), said('allowed', 'yes')).kind, 'step');
    assert.equal(after(own, said('storage-room', 'unknown')).kind, 'ask');
  });

  test('[DOC3] a question is put while it tells causes apart, with the causes between which it decides; then the step that clears the likeliest', () => {
    const action = doctor.next(fresh);
    assert.ok(action.kind === 'ask' && action.because === 'tells-apart');
    assert.deepEqual(action.between.map(({ cause }) => cause).toSorted(), ['broken', 'forbidden', 'stuck']);
    const found = after(fresh, ...isForbidden);
    assert.ok(found.kind === 'step' && found.step === 'allow' && found.chance > 0.8);
    assert.equal(found.against[0]?.cause, 'forbidden');
  });

  test('[DOC3] what is not known is evidence of nothing and is not asked again', () => {
    const before = doctor.suspects(fresh);
    const unsure = happened(fresh, said('allowed', 'unknown'));
    assert.deepEqual(doctor.suspects(unsure), before);
    const next = doctor.next(unsure);
    assert.ok(next.kind === 'ask' && next.of !== 'allowed');
  });

  test('[DOC3] a failure code is evidence: the Doctor opened from it knows already', () => {
    const [first] = doctor.suspects({ ...fresh, symptom: null, code: 'mic.denied' });
    assert.equal(first?.cause, 'forbidden');
    assert.equal(doctor.reasons({ ...fresh, code: 'mic.denied' }, 'forbidden')[0]?.kind, 'code');
  });

  test('[DOC3] it says why it concludes: what spoke for a cause is positive, what spoke against it negative, the strongest first', () => {
    const session = happened(fresh, said('allowed', 'no'), said('indicator', 'yes'));
    const [first] = doctor.reasons(session, 'forbidden');
    assert.ok(first?.of === 'allowed' && first.bits > 0.5, JSON.stringify(first));
    assert.ok((doctor.reasons(session, 'stuck').find(({ of }) => of === 'indicator')?.bits ?? 0) < -0.5);
  });
});

describe('a step and its test', () => {
  test('[DOC3] one change, then its test, and again when one test would not be sure enough', () => {
    const unlikely = after(fresh, { kind: 'step', step: 'restart', outcome: 'done' });
    assert.deepEqual(unlikely, { kind: 'retest', step: 'restart', of: 'works' });
    assert.deepEqual(after(fresh, ...did('restart', 'yes').slice(0, 2)), unlikely);
    const sure = happened(fresh, ...isForbidden);
    const end = after(sure, ...did('allow', 'yes'));
    assert.ok(end.kind === 'end' && end.how === 'cured' && end.suspects[0]?.cause === 'forbidden');
  });

  test('[DOC3] a step that did not help speaks against what it clears, and is not offered again', () => {
    const session = happened(fresh, ...isForbidden);
    const [before] = doctor.suspects(session);
    const failed = happened(session, ...did('allow', 'no'));
    assert.ok((doctor.suspects(failed).find(({ cause }) => cause === 'forbidden')?.chance ?? 1) < (before?.chance ?? 0));
    const next = doctor.next(failed);
    assert.ok(next.kind !== 'step' || next.step !== 'allow');
  });

  test('[DOC3] a test that was fine before proves nothing, and who says that it is still there is believed', () => {
    const session = happened(fresh, said('works', 'yes'), said('allowed', 'no'));
    assert.notEqual(after(session, ...did('allow', 'yes')).kind, 'end');
    assert.notEqual(after(happened(fresh, said('allowed', 'no')), ...did('allow', 'yes'), { kind: 'still-there' }).kind, 'end');
  });

  test('[DOC4] any session goes through JSON and is taken up at the same action, also in the middle of a step that reloads the page', () => {
    const inStep = happened(fresh, said('allowed', 'no'), { kind: 'step', step: 'allow', outcome: 'done' });
    const again = JSON.parse(JSON.stringify(inStep)) as Session;
    assert.deepEqual(createDoctor(small).next(again), { kind: 'retest', step: 'allow', of: 'works' });
    assert.deepEqual(doctor.next(again), doctor.next(inStep));
  });
});

describe('what is dangerous', () => {
  const stuck = happened(fresh, said('allowed', 'yes'), said('mark', 'yes'), { kind: 'step', step: 'allow', outcome: 'passed-over' }, said('indicator', 'no'), said('recorder', 'yes'), said('camera', 'yes'));

  test('[SAFE2] a reset is locked until a backup was verified: it is asked for, and without one the reset is not offered', () => {
    const reached = happened(stuck, ...did('restart', 'no'));
    assert.deepEqual(doctor.next(reached), { kind: 'secure', step: 'reset' });
    const [without, given] = [false, true].map((verified) => after(reached, { kind: 'backup', verified }));
    assert.ok(without?.kind !== 'step' || without.step !== 'reset');
    assert.ok(given?.kind === 'step' && given.step === 'reset');
  });

  test('[SAFE5] what a reset takes away is looked at again before anything else, and its old answer counts no more', () => {
    const reset = happened(stuck, ...did('restart', 'no'), { kind: 'backup', verified: true }, { kind: 'step', step: 'reset', outcome: 'done' });
    assert.deepEqual(doctor.next(reset), { kind: 'ask', of: 'allowed', because: 'no-longer-holds', between: [] });
    assert.deepEqual(after(reset, said('allowed', 'no')), { kind: 'retest', step: 'reset', of: 'works' });
    const told = doctor.reasons(happened(reset, said('allowed', 'no')), 'stuck').filter(({ of }) => of === 'allowed');
    assert.deepEqual(told.map(({ answer }) => answer), ['no']); // prettier-ignore
  });

  test('[SAFE6] of two steps that help as likely, the less risky one comes first, however quick the other is', () => {
    const quick = createDoctor({ ...small, steps: [step('slow', { forbidden: 'always' }, { seconds: 900 }), step('risky', { forbidden: 'always' }, { seconds: 1, risk: 'low' })] });
    const next = quick.next(happened(fresh, ...isForbidden));
    assert.ok(next.kind === 'step' && next.step === 'slow');
  });

  test('[SAFE7] hardware is named, and a repair offered, only after two apps that hear nothing', () => {
    const one = happened(fresh, said('allowed', 'yes'), said('mark', 'yes'), said('indicator', 'yes'), said('recorder', 'no'));
    for (const camera of ['yes', 'unknown']) {
      const next = after(one, said('camera', camera));
      assert.ok(next.kind !== 'step' || next.step !== 'repair');
    }
    const two = after(one, said('camera', 'no'), { kind: 'step', step: 'restart', outcome: 'passed-over' });
    assert.ok(two.kind === 'step' && two.step === 'repair', JSON.stringify(two));
  });

  test('[SAFE1] among what has gone, restoring a whole backup comes after everything that only looks', () => {
    const gone = openSession({ app: 'imessage', platform: 'ios', browser: null, place: 'web' }, { symptom: 'message-gone' });
    const first = after(gone, said('bin', 'unknown'));
    assert.ok(first.kind === 'step' && first.step === 'look-in-bin');
    assert.deepEqual(after(gone, said('bin', 'unknown'), ...did('look-in-bin', 'no')), { kind: 'secure', step: 'restore' });
  });
});
