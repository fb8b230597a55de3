import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Id } from '@earshot/base/ids.ts';
import type { Envelope, EventClass } from '@earshot/protocol/envelope.ts';
import type { EventFrame } from '@earshot/protocol/frames.ts';
import { type Chain, headOf, identityOf } from './chain.ts';
import { extendChain } from './device-chain.ts';
import { judge, type Judgement, type LogWatch, nothingWatched, type WatchedEvent } from './log-watch.ts';
import { deviceSigner, furtherDevice, persona, revocation } from './testing/persona.ts';

const ada = await persona(1);
const ben = await persona(2);
const { signatures } = ada.primitives;
const phone = await furtherDevice(ada, ada.chain, deviceSigner(ada));
const withPhone = await extendChain(signatures, ada.chain, phone.entry);
const lost = await revocation(ada, withPhone, deviceSigner(ada), phone.device.id);
const withoutPhone = await extendChain(signatures, withPhone, lost.entry);

const hashOf = (seq: number): string => String(seq).padStart(64, '0');
const knowing = (adas: Chain) => ({ hashAt: (seq: number): string | null => hashOf(seq), chainOf: (person: Id): Chain | null => (person === ada.person ? adas : person === ben.person ? ben.chain : null), later: [] as readonly string[] });

interface Said {
  readonly seq: number;
  readonly device?: Id;
  readonly counter?: number;
  readonly saw?: number;
  readonly kind?: EventClass;
  readonly generation?: number;
  readonly own?: Chain;
  readonly others?: EventFrame['chains']['others'];
}

function said({ seq, device = ada.device.id, counter = seq, saw = seq - 1, kind = seq === 1 ? 'create' : 'message', generation = 1, own = withPhone, others = [] }: Said): WatchedEvent {
  const envelope: Envelope = { version: 1, id: ada.person, log: ada.person, device, generation, class: kind, blobs: [], refers: [], expiry: 'never' };
  return { seq, person: ada.person, envelope, frame: { counter, saw: saw === 0 ? null : { seq: saw, hash: hashOf(saw) }, chains: { own: headOf(own), others } } };
}

function after(events: readonly WatchedEvent[], known = knowing(withPhone)): LogWatch {
  return events.reduce((watch, event) => {
    const judgement = judge(watch, event, known);
    assert(judgement.is === 'fine', JSON.stringify(judgement));
    return judgement.watch;
  }, nothingWatched);
}

const reasonOf = (judgement: Judgement): string => (judgement.is === 'wrong' ? judgement.reason : judgement.is);
const good = [said({ seq: 1 }), said({ seq: 2 }), said({ seq: 3, device: phone.device.id, counter: 1 }), said({ seq: 4 })];

test('[WATCH1] a log in order is fine, and says whose signature each event needs', () => {
  assert.equal(after(good).seq, 4);
  const judgement = judge(after(good), said({ seq: 5, device: phone.device.id }), knowing(withPhone));
  assert(judgement.is === 'fine');
  assert.equal(judgement.signingKey, withPhone.devices[1]?.keys.signing);
});

test('[WATCH2] an event that is repeated, late or out of its device’s order is named', () => {
  const watch = after(good);
  assert.equal(reasonOf(judge(watch, said({ seq: 4 }), knowing(withPhone))), 'order');
  assert.equal(reasonOf(judge(watch, said({ seq: 5, counter: 4 }), knowing(withPhone))), 'counter');
  assert.equal(reasonOf(judge(watch, said({ seq: 5, counter: 2 }), knowing(withPhone))), 'counter');
});

test('[WATCH2] any two different events of one device that change places are noticed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 8 }), (one, other) => {
      if (one === other) return;
      const counters = Array.from({ length: 8 }, (_, at) => at + 1);
      [counters[one - 1], counters[other - 1]] = [other, one];
      assert.throws(() => after(counters.map((counter, at) => said({ seq: at + 1, counter }))));
    }),
  );
});

test('[WATCH3] a server that dropped or forked shows by what a sender had seen', () => {
  const watch = after(good);
  const other = { ...knowing(withPhone), hashAt: (seq: number): string | null => (seq === 3 ? 'f'.repeat(64) : hashOf(seq)) };
  assert.equal(reasonOf(judge(watch, said({ seq: 5, saw: 3 }), other)), 'fork');
  assert.equal(reasonOf(judge(watch, said({ seq: 5, saw: 5 }), knowing(withPhone))), 'saw');
  assert.equal(reasonOf(judge(watch, said({ seq: 5, saw: 9 }), knowing(withPhone))), 'saw');
  assert.equal(reasonOf(judge(watch, said({ seq: 5, saw: 0 }), knowing(withPhone))), 'saw');
  // What was said before one joined is not here: nothing contradicts it.
  assert.equal(reasonOf(judge(watch, said({ seq: 5, saw: 2 }), { ...knowing(withPhone), hashAt: () => null })), 'fine');
});

test('[WATCH4] a longer chain than is known here is fetched first; another one shows a server that tells different things', () => {
  const watch = after(good);
  const event = said({ seq: 5, own: withoutPhone });
  assert.deepEqual(judge(watch, event, knowing(withPhone)), { is: 'unread', people: [ada.person] });
  assert.equal(reasonOf(judge(watch, event, knowing(withoutPhone))), 'fine');
  assert.deepEqual(judge(nothingWatched, said({ seq: 1 }), { hashAt: () => null, chainOf: () => null, later: [] }), { is: 'unread', people: [ada.person] });
  const named = said({ seq: 5, others: [{ person: ben.person, index: 0, hash: 'e'.repeat(64) }] });
  assert.equal(reasonOf(judge(watch, named, knowing(withPhone))), 'chain');
});

test('[WATCH5] a device that is not in the chain, or was revoked before, says nothing', () => {
  const watch = after(good);
  assert.equal(reasonOf(judge(watch, said({ seq: 5, device: ben.device.id }), knowing(withPhone))), 'device');
  assert.equal(reasonOf(judge(watch, said({ seq: 5, device: phone.device.id, own: ada.chain }), knowing(withPhone))), 'device');
  const revoked = judge(watch, said({ seq: 5, own: withoutPhone }), knowing(withoutPhone));
  assert(revoked.is === 'fine');
  // The thief has the phone and an old head of the chain, and a server that helps her.
  assert.equal(reasonOf(judge(revoked.watch, said({ seq: 6, device: phone.device.id, own: withPhone }), knowing(withoutPhone))), 'revoked');
  assert.equal(reasonOf(judge(revoked.watch, said({ seq: 6, device: phone.device.id, own: withoutPhone }), knowing(withoutPhone))), 'device');
  // What the phone said before stays readable.
  assert.equal(reasonOf(judge(watch, said({ seq: 5, device: phone.device.id }), knowing(withoutPhone))), 'fine');
});

test('[WATCH5] once a head of the identity that took its place was named, nothing under the one before counts', () => {
  const watch = after(good);
  // As if she had gone on as ben.
  const replaced = { ...knowing(withPhone), later: [identityOf(ben.chain)] };
  assert.equal(reasonOf(judge(watch, said({ seq: 5 }), replaced)), 'fine', 'what she said before');
  const named = judge(watch, said({ seq: 5, others: [{ person: ben.person, ...headOf(ben.chain) }] }), knowing(withPhone));
  assert(named.is === 'fine');
  assert.equal(reasonOf(judge(named.watch, said({ seq: 6 }), replaced)), 'revoked');
  assert.equal(reasonOf(judge(named.watch, said({ seq: 6 }), knowing(withPhone))), 'fine');
});

test('[WATCH6] after a change of key nothing under the old one counts, and only some events begin the next', () => {
  const watch = after(good);
  assert.equal(reasonOf(judge(watch, said({ seq: 5, generation: 2 }), knowing(withPhone))), 'generation');
  const changed = judge(watch, said({ seq: 5, generation: 2, kind: 'key' }), knowing(withPhone));
  assert(changed.is === 'fine');
  assert.equal(reasonOf(judge(changed.watch, said({ seq: 6, generation: 1 }), knowing(withPhone))), 'generation');
  for (const kind of ['members', 'key', 'create'] as const) assert.notEqual(reasonOf(judge(changed.watch, said({ seq: 6, generation: 1, kind }), knowing(withPhone))), 'fine');
  assert.equal(reasonOf(judge(changed.watch, said({ seq: 6, generation: 4, kind: 'members' }), knowing(withPhone))), 'fine');
  assert.equal(reasonOf(judge(changed.watch, said({ seq: 6, generation: 2 }), knowing(withPhone))), 'fine');
});
