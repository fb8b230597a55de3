import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '@earshot/base/encoding.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { EventFrame } from '@earshot/protocol/frames.ts';
import { headOf } from './chain.ts';
import { openEvent, sealEvent } from './event-body.ts';
import { persona } from './testing/persona.ts';

const ada = await persona(1);
const eve = await persona(2);
const { signatures } = ada.primitives;
const ID = '0123456789abcdefghjkmnpqrs';
const OTHER = '1123456789abcdefghjkmnpqrs';
const key = new Uint8Array(32).fill(3);
const envelope: Envelope = { version: 1, id: ID, log: ID, device: ada.device.id, generation: 1, class: 'signal', blobs: [], refers: [], expiry: 'never' };
const body: Body = { kind: 'title', title: 'Été 夏' };
const frame: EventFrame = { counter: 7, saw: { seq: 3, hash: 'a'.repeat(64) }, chains: { own: headOf(ada.chain), others: [] } };
const signingSeed = ada.device.seeds.signing;
const signingKey = ada.chain.devices[0]?.keys.signing ?? '';
const sealed = await sealEvent(ada.primitives, { key, envelope, body, frame, signingSeed });

async function unreadable(under: Uint8Array<ArrayBuffer>, outside: Envelope, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await assert.rejects(openEvent(ada.primitives, under, outside, bytes), (error) => error instanceof Failure && error.code === 'event.unreadable');
}

test('[EVENT1] a body opens to the same, with its frame, and its device has said it', async () => {
  const opened = await openEvent(ada.primitives, key, envelope, sealed);
  assert.deepEqual([opened.body, opened.frame], [body, frame]);
  assert.equal(await opened.saidBy(signatures, signingKey), true);
  assert.equal(await opened.saidBy(signatures, eve.chain.devices[0]?.keys.signing ?? ''), false);
});

test('[EVENT2] it opens under its own envelope and key only: conversation, sender, generation, id, kind, blobs, references', async () => {
  const others: Envelope[] = [
    { ...envelope, id: OTHER }, { ...envelope, log: OTHER }, { ...envelope, device: eve.device.id }, { ...envelope, generation: 2 },
    { ...envelope, class: 'message' }, { ...envelope, refers: [OTHER] }, { ...envelope, blobs: [{ id: OTHER, length: 1, sha256: 'b'.repeat(64) }] },
  ];
  for (const other of others) await unreadable(key, other, sealed);
  await unreadable(new Uint8Array(32), envelope, sealed);
});

test('[EVENT3] a flipped, cut or extended body is noticed', async () => {
  for (let at = 0; at < sealed.length; at += 1) {
    await unreadable(key, envelope, sealed.map((byte, place) => (place === at ? byte ^ 1 : byte)));
    await unreadable(key, envelope, sealed.slice(0, at));
  }
  await unreadable(key, envelope, concat([sealed, Uint8Array.of(0)]));
});

test('[EVENT4] a member who has the key cannot speak as another: the signature is hers, whatever envelope she writes', async () => {
  const forged = await sealEvent(eve.primitives, { key, envelope, body, frame, signingSeed: eve.device.seeds.signing });
  assert.equal(await (await openEvent(ada.primitives, key, envelope, forged)).saidBy(signatures, signingKey), false);
  // Said in one conversation, it does not count in another that both are in.
  const elsewhere: Envelope = { ...envelope, log: OTHER };
  const moved = await sealEvent(eve.primitives, { key, envelope: elsewhere, body, frame, signingSeed: eve.device.seeds.signing });
  assert.equal(await (await openEvent(ada.primitives, key, elsewhere, moved)).saidBy(signatures, signingKey), false);
});

test('[EVENT5] what is sealed twice never looks the same, and says nothing of what is in it', async () => {
  const again = await sealEvent(ada.primitives, { key, envelope, body, frame, signingSeed });
  assert.notDeepEqual(again, sealed);
  assert(!Buffer.from(sealed).includes('Été', 0, 'utf8'));
});
