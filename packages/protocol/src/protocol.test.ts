import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { toJsonSchema } from '@valibot/to-json-schema';
import fc from 'fast-check';
import * as v from 'valibot';
import { body } from './bodies.ts';
import { directLogId, envelope, envelopeBytes, postedEvent, type Envelope } from './envelope.ts';
import { Failure, failures, isFailureCode } from './failures.ts';
import { limits } from './limits.ts';
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
  generation: fc.nat(),
  class: fc.constantFrom('create', 'members', 'message', 'signal', 'remove'),
  blobs: fc.array(fc.record({ id: anyId, length: fc.nat(8_388_608), sha256: anyHash }, { noNullPrototype: true }), { maxLength: 4 }),
  refers: fc.array(anyId, { maxLength: 4 }),
  expiry: fc.constant('never' as const),
}, { noNullPrototype: true });

/** Shape of everything on the wire, as one hash. A change here needs a new line in version.ts's history. */
const WIRE_FINGERPRINT = 'fbfdadd0889b34bc';

test('[WIRE1] a change of any schema on the wire is noticed', () => {
  const shapes: Record<string, unknown> = { version: PROTOCOL_VERSION };
  const shape = (schema: v.GenericSchema): unknown => toJsonSchema(schema, { errorMode: 'ignore' });
  for (const [name, route] of Object.entries(routes)) {
    const parts = route as { params?: v.GenericSchema; query?: v.GenericSchema; body?: v.GenericSchema; answer: v.GenericSchema };
    shapes[name] = [route.method, route.path, route.session, ...[parts.params, parts.query, parts.body, parts.answer].map((schema) => schema && shape(schema))];
  }
  Object.assign(shapes, { serverFrame: shape(serverFrame), clientFrame: shape(clientFrame), body: shape(body) });
  const fingerprint = createHash('sha256').update(JSON.stringify(shapes)).digest('hex').slice(0, 16);
  assert.equal(fingerprint, WIRE_FINGERPRINT, 'the wire changed: say so in version.ts, then renew the fingerprint');
});

test('[WIRE2] every envelope that can be made is accepted, and survives JSON', () => {
  fc.assert(fc.property(anyEnvelope, (made) => {
    const read = v.parse(envelope, JSON.parse(JSON.stringify(made)));
    assert.deepEqual(read, made);
    assert.deepEqual(envelopeBytes(read), envelopeBytes(made));
  }));
});

test('[WIRE6] the largest event that the limits allow is a request that they allow', () => {
  const id = 'z'.repeat(26);
  const blobs = Array.from({ length: limits.blobsPerEvent }, () => ({ id, length: limits.blobBytes, sha256: 'f'.repeat(64) }));
  const largest: Envelope = { version: 1, id, log: id, device: id, generation: 2 ** 31, class: 'message', blobs, refers: Array.from({ length: limits.refersPerEvent }, () => id), expiry: 'never' };
  const posted = { envelope: largest, body: 'x'.repeat(Math.ceil((limits.bodyBytes * 4) / 3)) };
  assert.ok(JSON.stringify(posted).length <= limits.requestBytes, `${JSON.stringify(posted).length} bytes`);
});

test('[WIRE2] envelopes that differ anywhere have different bytes', () => {
  fc.assert(fc.property(anyEnvelope, anyEnvelope, (one, other) => {
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

test('[WIRE5] handles that look alike are one', () => {
  assert.equal(normalizeHandle(' ＡＮＮＡ '), 'anna');
  assert.equal(normalizeHandle('ÉLISE'), normalizeHandle('E\u0301lise'));
  for (const good of ['anna', 'o.b-1', 'élise', '佐藤', 'मोहन']) assert.ok(v.safeParse(handle, normalizeHandle(good)).success, good);
  for (const bad of ['', '-a', 'a b', 'a\u0000', 'x'.repeat(33), 'a/b']) assert.ok(!v.safeParse(handle, bad).success, bad);
});

test('[FAIL1] every failure says cause, next step and owner in whole sentences', () => {
  for (const [code, entry] of Object.entries(failures)) {
    assert.ok(isFailureCode(code));
    assert.match(entry.cause, /^[A-Z].*\.$/s, code);
    assert.match(entry.next, /^[A-Z].*\.$/s, code);
    assert.ok(['you', 'network', 'server', 'recipient', 'earshot'].includes(entry.owner), code);
    assert.ok(entry.status === 0 || (entry.status >= 400 && entry.status < 600), code);
  }
  assert.ok(!isFailureCode('toString'));
  assert.equal(new Failure('mic.none').entry.owner, 'you');
});
