import { AwsClient } from 'aws4fetch';
import { backoff, type BackoffRule } from '@earshot/base/backoff.ts';
import type { Clock } from '@earshot/base/clock.ts';
import { fromAnyUtf8 } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Held, Vault } from '../vault.ts';
import { type Answer, SILENCE, Silent, wholeAnswer } from './whole-answer.ts';

export interface Bucket {
  /** e.g. `https://s3.eu-central-1.amazonaws.com`; the bucket is named in the path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Folder within the bucket; may be empty. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How a bucket is waited for. */
export interface Patience {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
  /** Once it is aborted nothing is waited for any more: what was asked fails with its reason, what is asked from then on has a moment. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which a line on which nothing comes is dead. */
  readonly silence?: number;
}

/** Four waits, of some seconds together: as long as a router takes to find another way. */
const TRIES = 5;
/** A line that was silent has had its time already: once more, on another one. */
const SILENT_TRIES = 2;
/** What is asked when all is to end, such as a last word on what was stored. Milliseconds. */
const PARTING = 3_000;
const WAITS: BackoffRule = { first: 500, longest: 4_000 };

/** A bucket of anything that speaks S3. What fails on the way, and what a bucket is too busy for, is tried again a few times. */
export function s3Vault({ endpoint, bucket, prefix, region, accessKeyId, secretAccessKey }: Bucket, { clock, random, signal, silence = SILENCE }: Patience): Vault {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  const root = `${endpoint.replace(/\/$/, '')}/${bucket}`;
  const keyOf = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`);
  // Handed over with the request, not in it: Node forgets the signal of a request that was made by itself as soon as memory is cleared up.
  const send = async (method: string, url: string, heard: AbortSignal, body?: Uint8Array<ArrayBuffer>): Promise<Response> =>
    await fetch(await client.sign(url, { method, ...(body !== undefined && { body }) }), { signal: heard });
  /** With all that was answered: also an answer may be cut off on its way. Everything that is asked here can be asked again. */
  const patiently = async (method: string, url: string, body?: Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const isParting = signal?.aborted === true;
    const ending = isParting ? AbortSignal.timeout(PARTING) : signal;
    for (let [failures, silences] = [1, 0]; ; failures += 1) {
      const isLast = isParting || failures === TRIES;
      try {
        const answer = await wholeAnswer((heard) => send(method, url, heard, body), body?.length ?? 0, silence, ending);
        if (isLast || !isBusy(answer.status)) return answer;
      } catch (error) {
        if (!isParting) signal?.throwIfAborted();
        silences += error instanceof Silent ? 1 : 0;
        if (isLast || silences === SILENT_TRIES) throw new Failure('backup.target', { target: root, reason: String(error) }, { cause: error });
      }
      await clock.sleep(backoff(WAITS, failures, random), signal);
    }
  };
  const ask = async (method: string, url: string, body?: Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const answer = await patiently(method, url, body);
    const words = answer.status < 300 ? '' : wordsOf(fromAnyUtf8(answer.bytes));
    // A bucket that is not there answers with the same number as if only the name were missing.
    if (answer.status < 300 || (answer.status === 404 && words !== NO_BUCKET)) return answer;
    throw new Failure('backup.target', { target: root, status: answer.status, reason: words });
  };
  const one = (name: string): string => `${root}/${keyOf(name).split('/').map(encodeURIComponent).join('/')}`;
  return {
    put: async (name, bytes) => {
      const answer = await ask('PUT', one(name), new Uint8Array(bytes));
      // Nothing that is written can be missing: somebody else answers there.
      if (answer.status === 404) throw new Failure('backup.target', { target: root, status: 404, reason: NO_BUCKET });
    },
    get: async (name) => {
      const answer = await ask('GET', one(name));
      if (answer.status === 404) throw new Failure('backup.missing', { name });
      return answer.bytes;
    },
    list: async (folder) => {
      const found: Held[] = [];
      for (let token: string | null = ''; token !== null; ) {
        const query: URLSearchParams = new URLSearchParams({ 'list-type': '2', prefix: keyOf(`${folder}/`), ...(token !== '' && { 'continuation-token': token }) });
        const page = fromAnyUtf8((await ask('GET', `${root}?${query.toString()}`)).bytes);
        // Somebody on the way also says that all is well, and a page of theirs names nothing: that is no empty place.
        if (!page.includes('<ListBucketResult')) throw new Failure('backup.target', { target: root, reason: 'not an answer of S3' });
        found.push(...contentsOf(page).map((held) => ({ ...held, name: prefix === '' ? held.name : held.name.slice(prefix.length + 1) })));
        token = valueOf(page, 'NextContinuationToken');
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    drop: async (name) => void (await ask('DELETE', one(name))),
  };
}

const NO_BUCKET = 'NoSuchBucket';

const isBusy = (status: number): boolean => status >= 500 || status === 429;

/** The answers of S3 are flat and made by machines: what is between two tags is all that is needed of them. */
function contentsOf(xml: string): Held[] {
  return [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, one = '']) => ({ name: valueOf(one, 'Key') ?? '', bytes: Number(valueOf(one, 'Size')), put: Date.parse(valueOf(one, 'LastModified') ?? '') }));
}

function valueOf(xml: string, tag: string): string | null {
  const value = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
  return value === undefined ? null : value.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

function wordsOf(xml: string): string {
  return valueOf(xml, 'Code') ?? xml.slice(0, 100);
}
