import { AwsClient } from 'aws4fetch';
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
  const ask = async (method: string, url: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> => {
    let answer: Response;
    try {
      answer = await client.fetch(url, { method, ...(body !== undefined && { body }) });
    } catch (error) {
      throw new Failure('backup.target', { target: root, reason: String(error) }, { cause: error });
    }
    if (answer.ok || answer.status === 404) return answer;
    throw new Failure('backup.target', { target: root, status: answer.status, reason: wordsOf(await answer.text()) });
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
      return new Uint8Array(await answer.arrayBuffer());
    },
    list: async (folder) => {
      const found: Held[] = [];
      for (let token: string | null = ''; token !== null; ) {
        const query: URLSearchParams = new URLSearchParams({ 'list-type': '2', prefix: keyOf(`${folder}/`), ...(token !== '' && { 'continuation-token': token }) });
        const page = await (await ask('GET', `${root}?${query.toString()}`)).text();
        found.push(...contentsOf(page).map((held) => ({ ...held, name: prefix === '' ? held.name : held.name.slice(prefix.length + 1) })));
        token = valueOf(page, 'NextContinuationToken');
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    drop: async (name) => void (await ask('DELETE', one(name))),
  };
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
