import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { toJsonSchema } from '@valibot/to-json-schema';
import fc from 'fast-check';
import * as v from 'valibot';
import { body } from './bodies.ts';
import { directLogId, envelope, envelopeBytes, eventClass, groupLogId, postedEvent, type Envelope } from './envelope.ts';
import { failures } from './failure-entries.ts';
import { Failure, failureCodes, isFailureCode } from './failures.ts';
import { limits } from './limits.ts';
import { eventFrame } from './frames.ts';
import { chainEntry, entryBytes, entryHash, invitationToken, type ChainChange, type ChainEntry } from './keys.ts';
import { clientFrame, serverFrame } from './live.ts';
import { routes } from './routes.ts';
import { PROTOCOL_VERSION } from './version.ts';
import { handle, normalizeHandle } from './wire.ts';

const anyId = fc.integer({ min: 0, max: 2 ** 31 }).map((seed) => makeId(seededRandom(seed)));
const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  version: fc.constant(1 as const),
  id: anyId,
  log: anyId,
  device: anyId,
  generation: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  class: fc.constantFrom('create', 'members', 'key', 'message', 'signal', 'remove', 'restore', 'heard', 'keep', 'ask', 'answer', 'chain'),
  blobs: fc.array(fc.record({ id: anyId, length: fc.nat(8_388_608), sha256: anyHash }, { noNullPrototype: true }), { maxLength: 4 }),
  refers: fc.array(anyId, { maxLength: 4 }),
  expiry: fc.oneof(fc.constant('never' as const), fc.record({ heard: fc.nat(limits.expirySeconds) }, { noNullPrototype: true })),
}, { noNullPrototype: true });

const anyVanishing: fc.Arbitrary<Envelope> = fc.tuple(anyEnvelope, anyId, fc.nat(9)).map(([made, chain, step]) => ({ ...made, ephemeral: { chain, step } }));

/** Shape of everything on the wire, as one hash. A change here needs a new line in version.ts's history. */
const WIRE_FINGERPRINT = '3b5f8b63e13219ef';

test('[WIRE1] a change of any schema on the wire is noticed', () => {
  const shapes: Record<string, unknown> = { version: PROTOCOL_VERSION };
  const shape = (schema: v.GenericSchema): unknown => toJsonSchema(schema, { errorMode: 'ignore' });
  for (const [name, route] of Object.entries(routes)) {
    const parts = route as { params?: v.GenericSchema; query?: v.GenericSchema; body?: v.GenericSchema; answer: v.GenericSchema };
    shapes[name] = [route.method, route.path, route.session, ...[parts.params, parts.query, parts.body, parts.answer].map((schema) => schema && shape(schema))];
  }
  Object.assign(shapes, { serverFrame: shape(serverFrame), clientFrame: shape(clientFrame), body: shape(body), eventFrame: shape(eventFrame) });
  const fingerprint = createHash('sha256').update(JSON.stringify(shapes)).digest('hex').slice(0, 16);
  assert.equal(fingerprint, WIRE_FINGERPRINT, 'the wire changed: say so in version.ts, then renew the fingerprint');
});

test('[WIRE2] every envelope that can be made is accepted, and survives JSON', () => {
  fc.assert(fc.property(fc.oneof(anyEnvelope, anyVanishing), (made) => {
    const read = v.parse(envelope, JSON.parse(JSON.stringify(made)));
    assert.deepEqual(read, made);
    assert.deepEqual(envelopeBytes(read), envelopeBytes(made));
  }));
});

test('[WIRE6] the largest event that the limits allow is a request that they allow', () => {
  const id = 'z'.repeat(26);
  const blobs = Array.from({ length: limits.blobsPerEvent }, () => ({ id, length: limits.blobBytes, sha256: 'f'.repeat(64) }));
  const everybody = Array.from({ length: limits.membersPerConversation }, () => id);
  const grants = everybody.map((person) => ({ person, account: 2 ** 32 - 1, sealed: 'x'.repeat(1_558) }));
  const largest: Envelope = { version: 1, id, log: id, device: id, generation: 2 ** 32 - 1, class: 'members', blobs, refers: Array.from({ length: limits.refersPerEvent }, () => id), expiry: 'never', membership: { add: everybody, remove: everybody, promote: everybody } };
  const posted = { envelope: largest, body: 'x'.repeat(Math.ceil((limits.bodyBytes * 4) / 3)), grants };
  const deviceGrants = Array.from({ length: limits.deviceGrantsPerEvent }, () => ({ device: id, prekey: 2 ** 32 - 1, sealed: 'x'.repeat(1_558) }));
  const begins = { envelope: { ...largest, class: 'chain', blobs: [], refers: [], membership: undefined }, body: posted.body, deviceGrants };
  for (const request of [posted, begins]) {
    assert.ok(v.safeParse(postedEvent, request).success);
    assert.ok(JSON.stringify(request).length <= limits.requestBytes, `${JSON.stringify(request).length} bytes`);
  }
});

const letters = (length: number): fc.Arbitrary<string> => fc.constantFrom('a', 'b', '_').map((letter) => letter.repeat(length));
const anyKeys = fc.record({ signing: letters(43), sealing: letters(1_622) }, { noNullPrototype: true });
const anyDevice = fc.record({ id: anyId, keys: anyKeys }, { noNullPrototype: true });
const anyRecovery = fc.array(fc.record({ id: anyId, keys: anyKeys, from: fc.constantFrom('code' as const, 'passkey' as const) }, { noNullPrototype: true }), { minLength: 1, maxLength: 3 });
const anyAccount = fc.record({ generation: fc.integer({ min: 1, max: 9 }), key: letters(1_622) }, { noNullPrototype: true });
const anyChange: fc.Arbitrary<ChainChange> = fc.oneof(
  fc.record({ kind: fc.constant('genesis' as const), device: anyDevice, recovery: anyRecovery, account: anyAccount, invited: fc.option(letters(43)) }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('add' as const), device: anyDevice }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('revoke' as const), device: anyId, account: anyAccount }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('recovery' as const), recovery: anyRecovery, account: anyAccount }, { noNullPrototype: true }),
);
const anyEntry: fc.Arbitrary<ChainEntry> = fc.record(
  { index: fc.nat(limits.chainLength - 1), person: anyId, previous: fc.option(anyHash), change: anyChange, signer: anyId, signature: letters(86) }, { noNullPrototype: true },
);

test('[WIRE7] every entry of a chain that can be made is accepted, and entries that differ but in their signature have different bytes', async () => {
  await fc.assert(fc.asyncProperty(anyEntry, anyEntry, async (one, other) => {
    assert.deepEqual(v.parse(chainEntry, JSON.parse(JSON.stringify(one))), one);
    assert.equal(await entryHash(one), await entryHash(Object.assign({}, one, { signature: other.signature })));
    fc.pre(JSON.stringify({ ...one, signature: '' }) !== JSON.stringify({ ...other, signature: '' }));
    assert.notDeepEqual(entryBytes(one), entryBytes(other));
  }));
});

test('[WIRE8] the server is told of an invitation’s secret only what follows from it', async () => {
  const token = await invitationToken('0123456789abcdefghjkmnpqrs');
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(await invitationToken('0123456789abcdefghjkmnpqrs'), token);
  assert.notEqual(await invitationToken('0123456789abcdefghjkmnpqrt'), token);
});

test('[WIRE9] everything on the outside of an event is named in the documentation of what the server sees', () => {
  const text = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
  for (const field of Object.keys(envelope.entries)) assert.ok(text.includes(`| \`${field}\` | `), field);
  for (const kind of eventClass.options) assert.ok(text.includes(`\`${kind}\``), kind);
});

test('[WIRE2] envelopes that differ anywhere have different bytes', () => {
  const any = fc.oneof(anyEnvelope, anyVanishing);
  fc.assert(fc.property(any, any, (one, other) => {
    fc.pre(JSON.stringify(one) !== JSON.stringify(other));
    assert.notDeepEqual(envelopeBytes(one), envelopeBytes(other));
  }));
});

test('[WIRE3] a field missing, of the wrong kind or unknown is refused', () => {
  fc.assert(fc.property(anyEnvelope, fc.nat(20), fc.jsonValue(), (made, pick, junk) => {
    const fields = Object.keys(made) as (keyof Envelope)[];
    const field = fields[pick % fields.length];
    assert.ok(field);
    const { [field]: _gone, ...missing } = made;
    assert.ok(!v.safeParse(envelope, missing).success);
    assert.ok(!v.safeParse(envelope, { ...made, surplus: junk }).success);
    assert.ok(!v.safeParse(envelope, { ...made, [field]: { wrong: junk } }).success);
    assert.ok(!v.safeParse(postedEvent, { envelope: made, body: '+not base64url+' }).success);
  }));
});

test('[WIRE4] the log of two people is the same from both sides, and of no other two', async () => {
  await fc.assert(fc.asyncProperty(anyId, anyId, anyId, async (one, other, third) => {
    fc.pre(third !== other && third !== one);
    const log = await directLogId(one, other);
    assert.equal(log, await directLogId(other, one));
    assert.notEqual(log, await directLogId(one, third));
    assert.match(log, /^[0-9a-hjkmnp-tv-z]{26}$/);
  }));
});

test('[WIRE4] the log of a group follows from the event that makes it, and is that of no two people', async () => {
  assert.equal(await groupLogId('0'.repeat(26)), '7qhw9fwe3sq74y0r3rx6a3q9vc');
  await fc.assert(fc.asyncProperty(anyId, anyId, async (one, other) => {
    fc.pre(one !== other);
    assert.notEqual(await groupLogId(one), await groupLogId(other));
    assert.notEqual(await groupLogId(one), await directLogId(one, other));
  }));
});

test('[WIRE5] handles that look alike are one', () => {
  assert.equal(normalizeHandle(' ＡＮＮＡ '), 'anna');
  assert.equal(normalizeHandle('ÉLISE'), normalizeHandle('E\u0301lise'));
  for (const good of ['anna', 'o.b-1', 'élise', '佐藤', 'मोहन']) assert.ok(v.safeParse(handle, normalizeHandle(good)).success, good);
  for (const bad of ['', '-a', 'a b', 'a\u0000', 'x'.repeat(33), 'a/b']) assert.ok(!v.safeParse(handle, bad).success, bad);
});

const byText = (one: string, other: string): number => (one < other ? -1 : 1);

test('[FAIL1] every failure says cause, next step and owner in whole sentences', () => {
  for (const [code, entry] of Object.entries(failures)) {
    assert.ok(isFailureCode(code));
    assert.match(entry.cause, /^[A-Z].*\.$/s, code);
    assert.match(entry.next, /^[A-Z].*\.$/s, code);
    assert.ok(['you', 'network', 'server', 'recipient', 'earshot'].includes(entry.owner), code);
    assert.ok(entry.status === 0 || (entry.status >= 400 && entry.status < 600), code);
  }
  assert.ok(!isFailureCode('toString'));
  assert.equal(new Failure('mic.none').message, 'mic.none');
  assert.deepEqual(Object.keys(failures).toSorted(byText), [...failureCodes].toSorted(byText));
});
