import { AwsClient } from 'aws4fetch';
import { fromUtf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Held, Vault } from '../vault.ts';

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

/** A bucket of anything that speaks S3. Tries what fails on the way again, a few times. */
export function s3Vault({ endpoint, bucket, prefix, region, accessKeyId, secretAccessKey }: Bucket): Vault {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 4 });
  const root = `${endpoint.replace(/\/$/, '')}/${bucket}`;
  const keyOf = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`);
  /** With all that was answered: also an answer may be cut off on its way. */
  const ask = async (method: string, url: string, body?: Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const { status, ok, bytes } = await whole(() => client.fetch(url, { method, ...(body !== undefined && { body }) })).catch((error: unknown) => {
      throw new Failure('backup.target', { target: root, reason: String(error) }, { cause: error });
    });
    if (ok || status === 404) return { status, bytes };
    throw new Failure('backup.target', { target: root, status, reason: wordsOf(fromUtf8(bytes)) });
  };
  const one = (name: string): string => `${root}/${keyOf(name).split('/').map(encodeURIComponent).join('/')}`;
  return {
    put: async (name, bytes) => {
      const answer = await ask('PUT', one(name), new Uint8Array(bytes));
      // A bucket that is not there answers as if only the name were missing.
      if (answer.status === 404) throw new Failure('backup.target', { target: root, status: 404, reason: 'NoSuchBucket' });
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
        const page = fromUtf8((await ask('GET', `${root}?${query.toString()}`)).bytes);
        found.push(...contentsOf(page).map((held) => ({ ...held, name: prefix === '' ? held.name : held.name.slice(prefix.length + 1) })));
        token = valueOf(page, 'NextContinuationToken');
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    drop: async (name) => void (await ask('DELETE', one(name))),
  };
}

interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function whole(fetched: () => Promise<Response>): Promise<Answer & { readonly ok: boolean }> {
  const answer = await fetched();
  return { status: answer.status, ok: answer.ok, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

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
