import { assert } from '@earshot/base/assert.ts';
import { concat, fromBase64Url, toBase64Url } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { BlobOpener, BlobSealer } from '../sealer.ts';
import { sameBytes } from '../stores/same-value.ts';
import { LAST, MORE, openRecord, recordHeader, type RecordKeys, recordKeys, SALT_BYTES, sealRecord, TAG_BYTES } from './records.ts';
import { derive, SECRET_BYTES } from './symmetric.ts';

/**
 * A blob sealed while it is spoken: records of RFC 8188 with 4096 bytes each, under a fresh random key (`MessagePart.key`). A record that was
 * sealed is never sealed again; so a blob whose sealing a crash cut off is not gone on with. It ends at its whole records, is marked as
 * `cut`, and what was not in them is sealed anew in another blob under another key.
 */
type Bytes = Uint8Array<ArrayBuffer>;

export const HEADER_BYTES = SALT_BYTES + 5;
export const RECORD_BYTES = 4096;
export const PLAIN_BYTES = RECORD_BYTES - 1 - TAG_BYTES;

export function beginContent(random: Random): Promise<BlobSealer> {
  return sealContent(random.bytes(SECRET_BYTES));
}

/** Under a key of one's own choice, which must never have sealed anything. */
export async function sealContent(secret: Bytes): Promise<BlobSealer> {
  const { keys, header } = await scheduleOf(secret);
  return new ContentSealer(toBase64Url(secret), keys, header);
}

/** `cut`: the blob ends at a whole record that is not marked as the last one; its length and hash in the signed event say that this is its end. */
export async function contentOpener(key: string, { cut = false }: { readonly cut?: boolean } = {}): Promise<BlobOpener> {
  const schedule = await scheduleOf(secretOf(key));
  return {
    cover,
    open: (sealed, from, sealedLength) => openContent(schedule, cut, sealed, from, sealedLength),
  };
}

interface Schedule {
  readonly keys: RecordKeys;
  readonly header: Bytes;
}

/** The key is used once, so its salt may follow from it: then a range opens without the header at hand. */
async function scheduleOf(secret: Bytes): Promise<Schedule> {
  const salt = derive(secret, 'content salt', undefined, SALT_BYTES);
  return { keys: await recordKeys(secret, salt), header: recordHeader(salt, RECORD_BYTES) };
}

function secretOf(key: string): Bytes {
  const secret = /^[\w-]{43}$/.test(key) ? fromBase64Url(key) : new Uint8Array();
  if (secret.length !== SECRET_BYTES) throw new Failure('blob.damaged', { reason: 'key' });
  return secret;
}

class ContentSealer implements BlobSealer {
  readonly key: string;
  readonly #keys: RecordKeys;
  #header: Bytes;
  #number = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #finished = false;

  constructor(key: string, keys: RecordKeys, header: Bytes) {
    this.key = key;
    this.#keys = keys;
    this.#header = header;
  }

  get sealedPlain(): number {
    return this.#number * PLAIN_BYTES + (this.#finished ? this.#pendingBytes : 0);
  }

  async push(plain: Uint8Array): Promise<Bytes> {
    assert(!this.#finished, 'a finished blob takes no more');
    this.#pending.push(plain);
    this.#pendingBytes += plain.length;
    return this.#pendingBytes < PLAIN_BYTES ? new Uint8Array() : await this.#seal(false);
  }

  async finish(): Promise<Bytes> {
    assert(!this.#finished, 'a blob is finished once');
    this.#finished = true;
    return await this.#seal(true);
  }

  /** Seals every full record, and the rest when it is the last. What it counts moves before it waits: no number is used twice. */
  async #seal(last: boolean): Promise<Bytes> {
    const plain = concat(this.#pending);
    const first = this.#number;
    const header = this.#header;
    const full = Math.floor(plain.length / PLAIN_BYTES);
    const rest = plain.slice(full * PLAIN_BYTES);
    this.#number += full;
    this.#header = new Uint8Array();
    this.#pending = [rest];
    this.#pendingBytes = rest.length;
    const records = Array.from({ length: full }, (_, at) => sealRecord(this.#keys, first + at, plain.subarray(at * PLAIN_BYTES, (at + 1) * PLAIN_BYTES), MORE));
    if (last) records.push(sealRecord(this.#keys, first + full, rest, LAST));
    return concat([header, ...(await Promise.all(records))]);
  }
}

function cover(start: number, end: number, sealedLength: number): { readonly from: number; readonly to: number } {
  const recordAt = (plain: number): number => HEADER_BYTES + Math.floor(plain / PLAIN_BYTES) * RECORD_BYTES;
  const first = start < PLAIN_BYTES ? 0 : Math.min(recordAt(start), sealedLength);
  return { from: first, to: Math.max(first, Math.min(recordAt(Math.max(start, end - 1)) + RECORD_BYTES, sealedLength)) };
}

async function openContent({ keys, header }: Schedule, cut: boolean, sealed: Bytes, from: number, sealedLength: number): Promise<Bytes> {
  const end = from + sealed.length;
  if (from === 0 && !sameBytes(sealed.subarray(0, HEADER_BYTES), header)) throw new Failure('blob.damaged', { reason: 'header' });
  if (end > sealedLength) throw new Failure('blob.damaged', { reason: 'length' });
  const opened: Promise<Bytes>[] = [];
  for (let at = from === 0 ? HEADER_BYTES : 0; at < sealed.length; at += RECORD_BYTES) {
    const number = (from + at - HEADER_BYTES) / RECORD_BYTES;
    const next = from + at + RECORD_BYTES;
    const last = !cut && next >= sealedLength;
    if (last ? end < sealedLength : next > end) throw new Failure('blob.damaged', { reason: 'cut', record: number });
    opened.push(openOne(keys, number, sealed.subarray(at, at + RECORD_BYTES), last ? LAST : MORE));
  }
  if (opened.length === 0 && end === sealedLength) throw new Failure('blob.damaged', { reason: 'length' });
  return concat(await Promise.all(opened));
}

async function openOne(keys: RecordKeys, number: number, record: Bytes, delimiter: number): Promise<Bytes> {
  const opened = await openRecord(keys, number, record);
  const full = delimiter === MORE ? opened?.plain.length === PLAIN_BYTES : true;
  if (opened === null || opened.delimiter !== delimiter || !full) throw new Failure('blob.damaged', { reason: 'record', record: number });
  return opened.plain;
}
