import { concat, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import { assert } from '@earshot/base/assert.ts';
import { type Body, body as bodySchema } from '@earshot/protocol/bodies.ts';
import { type Envelope, envelopeBytes } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import * as v from 'valibot';
import type { BlobOpener, BlobSealer, Sealer } from '../sealer.ts';
import { sameBytes } from '../stores/same-value.ts';

/**
 * The first sealer: it frames and hashes, and hides nothing. Its geometry is that of RFC 8188, so that AES-GCM can take its
 * place without moving a byte:
 *
 *     blob   = header | record | record | ... | last record
 *     header = salt (16) | record size (4, big-endian) = 4096 | length of key id (1) = 0
 *     record = plain (4079) | 1 | tag (16)          last record = plain (0 to 4078) | 2 | tag (16)
 *     tag    = the first 16 bytes of SHA-256(salt | record number (8, big-endian) | plain | delimiter)
 *     body   = 1 | SHA-256(envelope bytes | text) (32) | text
 */
export const HEADER_BYTES = 21;
export const RECORD_BYTES = 4096;
const TAG_BYTES = 16;
export const PLAIN_BYTES = RECORD_BYTES - 1 - TAG_BYTES;
const SALT_BYTES = 16;
const MORE = 1;
const LAST = 2;
const BODY_FORMAT = 1;

export function framingSealer(random: Random): Sealer {
  return {
    sealBody: async (envelope, body) => {
      const text = utf8(canonical(body));
      return concat([Uint8Array.of(BODY_FORMAT), await bodyTag(envelope, text), text]);
    },
    openBody,
    beginBlob: async () => new FramingBlobSealer(random.bytes(SALT_BYTES), 0),
    resumeBlob: async (key, sealedLength) => {
      assert(sealedLength === 0 || (sealedLength - HEADER_BYTES) % RECORD_BYTES === 0, 'a blob goes on behind a whole record');
      return new FramingBlobSealer(saltOf(key), sealedLength);
    },
    blobOpener: async (key) => blobOpener(saltOf(key)),
  };
}

async function openBody(envelope: Envelope, sealed: Uint8Array<ArrayBuffer>): Promise<Body> {
  const text = sealed.subarray(33);
  if (sealed[0] !== BODY_FORMAT || sealed.length < 33) throw new Failure('event.unreadable', { reason: 'format' });
  if (!sameBytes(sealed.subarray(1, 33), await bodyTag(envelope, text))) throw new Failure('event.unreadable', { reason: 'hash' });
  const read = v.safeParse(bodySchema, jsonOf(text));
  if (!read.success) throw new Failure('event.unreadable', { reason: 'kind' });
  return read.output;
}

function jsonOf(text: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(text)) as unknown;
  } catch (error) {
    throw new Failure('event.unreadable', { reason: 'text' }, { cause: error });
  }
}

async function bodyTag(envelope: Envelope, text: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat([envelopeBytes(envelope), text])));
}

/** JSON with the fields of every object in order: equal bodies have equal bytes. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, content]) => content !== undefined);
  return `{${fields.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, content]) => `${JSON.stringify(name)}:${canonical(content)}`).join(',')}}`;
}

function saltOf(key: string): Uint8Array<ArrayBuffer> {
  const salt = /^[\w-]{22}$/.test(key) ? fromBase64Url(key) : new Uint8Array();
  if (salt.length !== SALT_BYTES) throw new Failure('blob.damaged', { reason: 'key' });
  return salt;
}

async function tagOf(salt: Uint8Array, number: number, plain: Uint8Array, delimiter: number): Promise<Uint8Array> {
  const input = new Uint8Array(SALT_BYTES + 8 + plain.length + 1);
  input.set(salt);
  new DataView(input.buffer).setBigUint64(SALT_BYTES, BigInt(number));
  input.set(plain, SALT_BYTES + 8);
  input[input.length - 1] = delimiter;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', input)).subarray(0, TAG_BYTES);
}

function headerOf(salt: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(salt);
  new DataView(header.buffer).setUint32(SALT_BYTES, RECORD_BYTES);
  return header;
}

class FramingBlobSealer implements BlobSealer {
  readonly key: string;
  readonly #salt: Uint8Array;
  #begun: boolean;
  #number: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #finished = false;

  constructor(salt: Uint8Array, sealedLength: number) {
    this.#salt = salt;
    this.key = toBase64Url(salt);
    this.#begun = sealedLength > 0;
    this.#number = sealedLength > 0 ? (sealedLength - HEADER_BYTES) / RECORD_BYTES : 0;
  }

  get sealedPlain(): number {
    return this.#number * PLAIN_BYTES + (this.#finished ? this.#pendingBytes : 0);
  }

  async push(plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    assert(!this.#finished, 'a finished blob takes no more');
    this.#pending.push(plain);
    this.#pendingBytes += plain.length;
    return this.#pendingBytes < PLAIN_BYTES ? new Uint8Array() : await this.#seal(false);
  }

  async finish(): Promise<Uint8Array<ArrayBuffer>> {
    assert(!this.#finished, 'a blob is finished once');
    this.#finished = true;
    return await this.#seal(true);
  }

  /** Seals every full record, and the rest when it is the last. */
  async #seal(last: boolean): Promise<Uint8Array<ArrayBuffer>> {
    const plain = concat(this.#pending);
    const full = Math.floor(plain.length / PLAIN_BYTES);
    const records = Array.from({ length: full }, (_, at) => this.#record(this.#number + at, plain.subarray(at * PLAIN_BYTES, (at + 1) * PLAIN_BYTES), MORE));
    const rest = plain.slice(full * PLAIN_BYTES);
    if (last) records.push(this.#record(this.#number + full, rest, LAST));
    const header = this.#begun ? [] : [headerOf(this.#salt)];
    this.#begun = true;
    this.#number += full;
    this.#pending = [rest];
    this.#pendingBytes = rest.length;
    return concat([...header, ...(await Promise.all(records))]);
  }

  async #record(number: number, plain: Uint8Array, delimiter: number): Promise<Uint8Array> {
    return concat([plain, Uint8Array.of(delimiter), await tagOf(this.#salt, number, plain, delimiter)]);
  }
}

function blobOpener(salt: Uint8Array): BlobOpener {
  return {
    cover: (start, end, sealedLength) => {
      const recordAt = (plain: number): number => HEADER_BYTES + Math.floor(plain / PLAIN_BYTES) * RECORD_BYTES;
      const first = start < PLAIN_BYTES ? 0 : Math.min(recordAt(start), sealedLength);
      return { from: first, to: Math.max(first, Math.min(recordAt(Math.max(start, end - 1)) + RECORD_BYTES, sealedLength)) };
    },
    open: async (sealed, from, sealedLength) => {
      if (from === 0 && !sameBytes(sealed.subarray(0, HEADER_BYTES), headerOf(salt))) throw new Failure('blob.damaged', { reason: 'header' });
      const skip = from === 0 ? HEADER_BYTES : 0;
      const end = from + sealed.length;
      const opened: Promise<Uint8Array>[] = [];
      for (let at = skip; at < sealed.length; at += RECORD_BYTES) {
        const number = (from + at - HEADER_BYTES) / RECORD_BYTES;
        const isLast = from + at + RECORD_BYTES >= sealedLength;
        if (!isLast && from + at + RECORD_BYTES > end) throw new Failure('blob.damaged', { reason: 'cut', record: number });
        opened.push(openRecord(salt, number, sealed.subarray(at, at + RECORD_BYTES), isLast ? LAST : MORE));
      }
      if (end > sealedLength || (opened.length === 0 && end === sealedLength)) throw new Failure('blob.damaged', { reason: 'length' });
      return concat(await Promise.all(opened));
    },
  };
}

async function openRecord(salt: Uint8Array, number: number, record: Uint8Array, delimiter: number): Promise<Uint8Array> {
  const end = record.length - TAG_BYTES - 1;
  const damaged = new Failure('blob.damaged', { reason: 'record', record: number });
  if (end < 0 || record[end] !== delimiter) throw damaged;
  const plain = record.subarray(0, end);
  if (!sameBytes(record.subarray(end + 1), await tagOf(salt, number, plain, delimiter))) throw damaged;
  return plain;
}
