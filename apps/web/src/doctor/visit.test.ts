import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import { aborted } from '@earshot/base/aborted.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import type { ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { memoryPreferences } from '../shell/preferences.ts';
import { measurable } from './probes/measurable.ts';
import { type CalledFrom, createVisit, type Visit } from './visit.ts';

const knowledge = await loadKnowledge();
const nowhere: CalledFrom = { code: null, conversation: null };

interface Device {
  readonly visit: (from?: CalledFrom) => Visit;
  /** Nothing answers until what this returns is called. */
  readonly hold: () => () => void;
}

/** A device whose microphone is forbidden; `ran` is told what was measured. */
function device(ran: ProbeId[] = []): Device {
  const preferences = memoryPreferences();
  let gate: Promise<unknown> = Promise.resolve();
  const set = Object.fromEntries(measurable.map((probe) => [probe, async (signal: AbortSignal) => {
    ran.push(probe);
    await Promise.race([gate, aborted(signal)]);
    return probe === 'microphone-permission' ? { answer: 'denied', code: 'mic.denied' } : { answer: 'unknown' };
  }])) as ProbeSet;
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    return () => resolve(undefined);
  };
  return { hold, visit: (from = nowhere) => createVisit({ knowledge, clock: systemClock, preferences, probes: () => set, setting: { app: 'earshot', place: 'web', platform: 'android', browser: 'chrome' }, measurable }, from) };
}

test('[DOCWEB5] a visit is taken up where it was left, and begins anew when something else has happened', async () => {
  const ran: ProbeId[] = [];
  const { visit } = device(ran);
  const first = visit({ code: 'mic.denied', conversation: null });
  await first.look();
  assert.equal(first.results.value.get('microphone-permission')?.answer, 'denied');
  assert.equal(first.suspects()[0]?.cause, knowledge.causes.find(({ codes }) => codes?.includes('mic.denied'))?.id);
  const looked = ran.length;
  const next = first.action.value;
  assert.notEqual(next.kind, 'probe');
  first.leave();

  const again = visit();
  assert.equal(again.resumed.value, true);
  assert.deepEqual(again.action.value, next);
  assert.deepEqual([...again.results.value], [...first.results.value], 'what was seen is seen still');
  await again.look();
  assert.equal(ran.length, looked, 'nothing is measured once more');
  again.leave();

  const other = visit({ code: 'network.filtered', conversation: null });
  assert.equal(other.resumed.value, false);
  assert.deepEqual(other.session.value.happened, []);
});

test('[DOCWEB8] where something is missing only what the search needs is looked at: nothing writes, and nothing is recorded', async () => {
  const ran: ProbeId[] = [];
  const missing = device(ran).visit();
  missing.begin({ tree: 'gone' });
  await missing.look();
  assert.deepEqual(ran.filter((probe) => ['storage-writing', 'microphone-sound', 'recording-stages', 'microphone-in-use'].includes(probe)), []);

  const working = device(ran).visit();
  working.begin({ tree: 'not-working' });
  await working.look();
  assert.ok(measurable.every((probe) => ran.includes(probe)), 'a person who comes with a trouble sees all that can be seen');
});

test('[DOCWEB5] one look at a time: it shows while it lasts, another one waits for it, and what leaving cuts off fails nobody', async () => {
  const ran: ProbeId[] = [];
  const { visit: open, hold } = device(ran);
  const visit = open({ code: 'mic.denied', conversation: null });
  await visit.look();
  visit.startOver();
  const released = hold();
  ran.length = 0;
  const looks = [visit.lookAgain(['uploads']), visit.lookAgain(['uploads'])];
  visit.begin({ tree: 'not-working' });
  const rest = visit.look();
  await soon();
  assert.deepEqual([visit.looking.value, ran], [true, ['uploads']]);
  released();
  assert.deepEqual((await Promise.all(looks)).map((found) => found.length), [1, 1]);
  await rest;
  assert.equal(visit.looking.value, false);
  assert.ok(measurable.every((probe) => ran.includes(probe)), 'what is to be looked at anyway is looked at after it');

  hold();
  const cut = visit.lookAgain(['uploads']);
  await soon();
  visit.leave();
  assert.deepEqual(await cut, []);
});

test('[DOCWEB5] all that is to be looked at again while one looks is one look, behind the visit\'s own, and each gets what it asked for', async () => {
  const ran: ProbeId[] = [];
  const { visit: open, hold } = device(ran);
  const visit = open();
  const released = hold();
  const first = visit.lookAgain(['uploads']);
  await soon();
  const others = [visit.lookAgain(['downloads']), visit.lookAgain(['microphones', 'downloads'])];
  visit.begin({ tree: 'not-working' });
  const own = visit.look();
  released();
  const asked = (found: Awaited<typeof first>) => found.map(({ probe }) => probe).toSorted();
  assert.deepEqual((await Promise.all([first, ...others])).map(asked), [['uploads'], ['downloads'], ['downloads', 'microphones']]);
  await own;
  assert.equal(ran[0], 'uploads');
  assert.deepEqual(ran.slice(-2).toSorted(), ['downloads', 'microphones']);
  const between = new Set(ran.slice(1, -2));
  assert.ok(measurable.every((probe) => probe === 'uploads' || between.has(probe)), 'what the visit looks at by itself waits for the first only');
  // Nothing stays behind of it.
  assert.deepEqual(asked(await visit.lookAgain(['encoder'])), ['encoder']);
});

test('[DOCWEB5] a step that was done is tested by itself where a probe can tell', async () => {
  const ran: ProbeId[] = [];
  const visit = device(ran).visit({ code: 'mic.denied', conversation: null });
  await visit.look();
  for (let turn = 0; turn < 20 && visit.action.value.kind !== 'step'; turn += 1) {
    const action = visit.action.value;
    if (action.kind === 'ask') visit.tell({ kind: 'answer', of: action.of, answer: 'unknown' });
    await visit.look();
  }
  const { value: step } = visit.action;
  assert.ok(step.kind === 'step');
  const before = ran.length;
  visit.tell({ kind: 'step', step: step.step, outcome: 'done' });
  await visit.look();
  assert.ok(ran.length > before, `${step.step} was tested`);
  assert.equal(visit.session.value.happened.some(({ kind }) => kind === 'retest'), true);
});
