import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '@earshot/base/random.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { Failure, type FailureCode, isFailureCode } from '@earshot/protocol/failures.ts';
import { type Action, decide, type Facts } from './decide.ts';
import type { OutboxRow, RowState } from './row.ts';
import { aimOf, judge } from './verdict.ts';

const order = fc.nat(9);
const states: fc.Arbitrary<RowState> = fc.oneof(
  fc.constant<RowState>({ at: 'growing' }),
  order.map((n): RowState => ({ at: 'released', order: n })),
  order.map((n): RowState => ({ at: 'posted', order: n })),
  order.map((n): RowState => ({ at: 'acknowledged', order: n, seq: 1, time: 1 })),
  order.map((n): RowState => ({ at: 'set-aside', order: n, code: 'quota.full', evidence: {} })),
  fc.constant<RowState>({ at: 'cancelled' }),
);
const event = { envelope: { version: 1, id: 'e', log: 'l', device: 'd', generation: 0, class: 'message', blobs: [], refers: [], expiry: 'never' }, sealed: { body: '' }, body: { kind: 'plain' } } as const;
const rows: fc.Arbitrary<OutboxRow> = fc.record({
  state: states,
  owner: fc.constantFrom('anna', 'bert'),
  sealed: fc.constantFrom(null, event.sealed),
  parts: fc.array(fc.integer({ min: 1, max: 100 }).map((sealed) => ({ blob: 'b', key: '', packets: 1, bytes: 1, sealed, sha256: 'x' })), { maxLength: 4 }),
}).map(({ state, owner, sealed, parts }) => ({ id: 'e', owner, conversation: 'l', made: 0, state, parts, event: state.at === 'growing' ? null : { ...event, sealed, envelope: { ...event.envelope, blobs: [], refers: [] } } }));
const facts: fc.Arbitrary<Facts> = fc.record({
  person: fc.constantFrom('anna', 'bert', null),
  device: fc.constantFrom('d', 'other', null),
  uploaded: fc.array(fc.nat(120), { maxLength: 4 }),
  oneRequest: fc.array(fc.boolean(), { maxLength: 4 }),
  answers: fc.boolean(),
  behind: fc.boolean(),
  until: fc.constantFrom(0, 50, 150),
});
const NOW = 100;

/** Whatever the row and the facts, `law` holds for the next step. */
function always(law: (row: OutboxRow, known: Facts, action: Action) => void): void {
  fc.assert(fc.property(rows, facts, (row, known) => law(row, known, decide(row, known, NOW))), { numRuns: 2_000 });
}

const active = (action: Action): boolean => action.do !== 'nothing' && action.do !== 'wait';

test('[OUT1] nothing is posted before the server has every byte that it names, or the last of them travel in one request', () => {
  always((row, { uploaded, oneRequest }, action) => {
    const missing = row.parts.flatMap(({ sealed }, at) => ((uploaded[at] ?? 0) < sealed ? [at] : []));
    if (action.do === 'post') assert.deepEqual(missing, []);
    if (action.do === 'close') assert(missing.length === 1 && missing[0] === action.part && oneRequest[action.part] === true);
  });
});

test('[OUT2] nothing is posted that is not marked as posted, and sealed for the device that posts it', () => {
  always((row, { device }, action) => {
    const ready = row.state.at === 'posted' && row.event?.sealed !== null && row.event?.envelope.device === device;
    if (action.do === 'post') assert(ready);
    if (action.do === 'close') assert.equal(action.mark, !ready);
  });
});

test('[OUT15] nothing is marked whose bytes the server lacks, but for the last of them while it is known to answer', () => {
  always((row, { answers, uploaded }, action) => {
    if (row.parts.every(({ sealed }, at) => (uploaded[at] ?? 0) >= sealed)) return;
    assert(action.do !== 'mark' && action.do !== 'post');
    if (action.do === 'close') assert(answers);
  });
});

test('[OUT3] only the rows of who is signed in move', () => {
  always((row, { person }, action) => {
    if (row.owner !== person) assert.equal(action.do, 'nothing');
  });
});

test('[OUT4] behind an earlier row of the conversation nothing is marked or posted, but bytes travel', () => {
  always((_, known, action) => {
    if (!known.behind) return;
    assert(action.do !== 'post' && action.do !== 'mark' && action.do !== 'close');
  });
});

test('[OUT5] before its time nothing is tried', () => {
  always((_, { until }, action) => {
    if (until > NOW) assert(!active(action));
  });
});

test('[OUT6] what grows, was acknowledged or set aside is left alone; what was cancelled is only ended', () => {
  always((row, _, action) => {
    if (['growing', 'acknowledged', 'set-aside'].includes(row.state.at)) assert(!active(action));
    if (row.state.at === 'cancelled') assert(['nothing', 'wait', 'end'].includes(action.do));
  });
});

test('[OUT7] what was released comes to be acknowledged by its own steps, however little travels at a time', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }), fc.boolean(), (first, steps, answers) => {
      fc.pre(first.state.at === 'released');
      let [state, sealed]: [RowState, typeof event.sealed | null] = [first.state, null];
      const uploaded = first.parts.map(() => 0);
      for (let round = 0; round < 1_000; round += 1) {
        const action = decide({ ...first, owner: 'anna', state, event: { ...event, sealed, envelope: { ...event.envelope, blobs: [], refers: [] } } }, { person: 'anna', device: 'd', uploaded, oneRequest: uploaded.map((bytes) => bytes > 50), answers, behind: false, until: 0 }, NOW);
        if (action.do === 'post' || action.do === 'close') return;
        assert(action.do === 'upload' || action.do === 'mark', action.do);
        if (action.do === 'mark') [state, sealed] = [{ at: 'posted', order: 1 }, event.sealed];
        if (action.do === 'upload') for (const at of action.parts) uploaded[at] = (uploaded[at] ?? 0) + (steps[round % steps.length] ?? 1);
      }
      assert.fail('it never came to be posted');
    }),
  );
});

test('[OUT8] no failure makes a message vanish: it is tried again, waits for a person, or is set aside', () => {
  const random = seededRandom(3);
  for (const code of Object.keys(failures).filter(isFailureCode)) {
    for (let attempts = 1; attempts < 12; attempts += 1) {
      const verdict = judge(new Failure(code), 'message', attempts, random);
      assert(verdict.kind !== 'satisfied' && verdict.kind !== 'undo', code);
      if (verdict.kind === 'retry') assert(verdict.pause > 0);
    }
  }
});

test('[OUT9] a doubt is cleared at once only a few times in a row, then that waits, but it is never left uncleared', () => {
  const random = seededRandom(3);
  for (const [code, kind] of [['blob.mismatch', 'renew'], ['upload.gone', 'renew'], ['upload.offset', 'ask'], ['blob.incomplete', 'ask']] as const) {
    assert.deepEqual(judge(new Failure(code), 'message', 1, random), { kind, pause: 0 });
    const late = judge(new Failure(code), 'message', 9, random);
    assert(late.kind === kind && late.pause > 0, code);
  }
});

test('[OUT10] the time that the server names is kept', () => {
  const verdict = judge(new Failure('server.busy', { retryAfter: 90 }), 'message', 1, seededRandom(3));
  assert(verdict.kind === 'retry' && verdict.pause >= 90_000);
});

test('[OUT12] while nobody is there the waits stay about a tenth of the time it has been away', () => {
  const random = seededRandom(4);
  for (let attempts = 1, away = 0; away < 900_000; attempts += 1) {
    const verdict = judge(new Failure('network.unreachable'), 'message', attempts, random);
    assert(verdict.kind === 'retry');
    assert.ok(verdict.pause <= 300 + away / 8, `after ${away} ms it waits ${verdict.pause} ms`);
    assert.ok(verdict.pause >= Math.min(30_000, 100 + away / 60), 'and is not a storm');
    away += verdict.pause;
  }
});

test('[OUT11] who has left already has what leaving wanted; adding to a group that one is no longer in is refused', () => {
  const members = (membership: object): Parameters<typeof aimOf>[0] => ({ owner: 'anna', parts: [], state: { at: 'released', order: 1 }, event: { ...event, envelope: { ...event.envelope, class: 'members', blobs: [], refers: [], membership } } });
  const verdict = (row: Parameters<typeof aimOf>[0]): string => judge(new Failure('not-found'), aimOf(row), 1, seededRandom(3)).kind;
  assert.equal(verdict(members({ remove: ['anna'] })), 'satisfied');
  assert.equal(verdict(members({ remove: ['bert'] })), 'set-aside');
  assert.equal(verdict(members({ add: ['bert'] })), 'set-aside');
});

test('[DRAFT2] a draft sent from another device waits for the log when its id is taken, and is set aside when its bytes are gone', () => {
  const verdict = (code: FailureCode, aim: 'lent' | 'message', attempts = 1): string => judge(new Failure(code), aim, attempts, seededRandom(3)).kind;
  for (const aim of ['lent', 'message'] as const) {
    assert.equal(verdict('event.conflict', aim), 'retry');
    assert.equal(verdict('event.conflict', aim, 9), 'set-aside');
  }
  assert.equal(verdict('upload.gone', 'lent'), 'set-aside');
  assert.equal(verdict('upload.gone', 'message'), 'renew');
});

test('[DRAFT5] what cannot be shown on the other devices holds up nothing and loses nothing', () => {
  const verdict = (code: FailureCode, evidence = {}): string => judge(new Failure(code, evidence), 'draft', 1, seededRandom(3)).kind;
  for (const code of ['quota.full', 'upload.gone', 'blob.mismatch', 'blob.damaged', 'limit.reached'] as const) assert.equal(verdict(code), 'satisfied', code);
  assert.equal(verdict('not-found'), 'retry');
  assert.equal(verdict('not-found', { blob: 'b' }), 'ask');
  // Its bytes are not here: there is nothing that could be sent once more.
  const broughtBack = aimOf({ owner: 'anna', parts: [], state: { at: 'released', order: 1 }, event: { ...event, body: { kind: 'draft' } } } as unknown as Parameters<typeof aimOf>[0]);
  const anew = (code: FailureCode, evidence = {}): string => judge(new Failure(code, evidence), broughtBack, 9, seededRandom(3)).kind;
  assert.deepEqual([anew('not-found', { blob: 'b' }), anew('upload.gone'), anew('blob.incomplete'), anew('not-found')], ['satisfied', 'satisfied', 'satisfied', 'retry']);
});
