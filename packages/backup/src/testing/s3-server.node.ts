import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** Requests that were refused because of their signature. */
  readonly refused: () => number;
  /** What becomes of the next requests, one each: the connection breaks, or the bucket is too busy. */
  readonly next: ('break' | 'busy')[];
}

/** As much of S3 as a vault needs, over real sockets, page by page; every signature (AWS signature version 4) is worked out anew and held to the one that came. */
export async function startS3({ bucket, secret, pageSize = 2 }: { bucket: string; secret: string; pageSize?: number }): Promise<S3Server> {
  const objects = new Map<string, { readonly bytes: Buffer; readonly put: Date }>();
  const next: S3Server['next'] = [];
  let refused = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat(await request.toArray() as Buffer[]);
      const url = new URL(request.url ?? '/', 'http://localhost');
      const [, named, ...rest] = url.pathname.split('/');
      const key = rest.map(decodeURIComponent).join('/');
      const answer = (status: number, content: string | Buffer = ''): void => void response.writeHead(status).end(content);
      const fate = next.shift();
      if (fate === 'break') return void request.socket.destroy();
      if (fate === 'busy') return answer(503, '<Error><Code>SlowDown</Code></Error>');
      if (!isSigned(request, url, body, secret)) {
        refused += 1;
        return answer(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>');
      }
      if (named !== bucket) return answer(404, '<Error><Code>NoSuchBucket</Code></Error>');
      if (key === '') return answer(200, page([...objects].sort(([one], [other]) => (one < other ? -1 : 1)), url.searchParams, pageSize));
      if (request.method === 'PUT') objects.set(key, { bytes: body, put: new Date() });
      if (request.method === 'DELETE') objects.delete(key);
      const found = objects.get(key);
      if (request.method === 'GET') return found === undefined ? answer(404, '<Error><Code>NoSuchKey</Code></Error>') : answer(200, found.bytes);
      answer(request.method === 'PUT' ? 200 : 204);
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    refused: () => refused,
    next,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

function page(objects: readonly (readonly [string, { readonly bytes: Buffer; readonly put: Date }])[], query: URLSearchParams, size: number): string {
  const from = Number(query.get('continuation-token') ?? 0);
  const below = objects.filter(([key]) => key.startsWith(query.get('prefix') ?? ''));
  const contents = below.slice(from, from + size).map(([key, { bytes, put }]) => `<Contents><Key>${key.replaceAll('&', '&amp;')}</Key><LastModified>${put.toISOString()}</LastModified><Size>${String(bytes.length)}</Size></Contents>`);
  const more = below.length > from + size ? `<NextContinuationToken>${String(from + size)}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult>${contents.join('')}${more}</ListBucketResult>`;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

function isSigned({ method = '', headers }: IncomingMessage, url: URL, body: Buffer, secret: string): boolean {
  const said = /Credential=[^/]+\/(\d+)\/([\w-]+)\/s3\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w+)/.exec(headers.authorization ?? '');
  if (said === null) return false;
  const [, day = '', region = '', names = '', signature] = said;
  const declared = String(headers['x-amz-content-sha256'] ?? '');
  if (declared !== 'UNSIGNED-PAYLOAD' && declared !== sha256(body)) return false;
  const query = [...url.searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort().join('&');
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = [method, url.pathname, query, signed, names, declared].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), 's3'), 'aws4_request');
  return hmac(key, ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, sha256(canonical)].join('\n')).toString('hex') === signature;
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
