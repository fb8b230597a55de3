import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { uploadRoutes } from '@earshot/protocol/addresses.ts';
import type { Api } from './api.ts';

/** Until when an answer is waited for: see `TransportRequest`. */
export interface HowLong {
  readonly signal: AbortSignal;
  readonly patience: number;
}

/** The verbs of tus 1.0 that the outbox speaks. Offsets and lengths in bytes. */
export class UploadsApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Creates it with its first bytes; `length` is null while it grows. `log`: whose members may fetch it meanwhile. Returns how many bytes the server has. */
  async create(blob: Id, log: Id | null, bytes: Uint8Array<ArrayBuffer>, length: number | null, way: HowLong): Promise<number> {
    const metadata = `id ${btoa(blob)}${log === null ? '' : `,log ${btoa(log)}`}`;
    const size = length === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(length) };
    const headers = { 'tus-resumable': '1.0.0', 'upload-metadata': metadata, ...size, ...(bytes.length > 0 && { 'content-type': 'application/offset+octet-stream' }) };
    return offsetOf(await this.#api.raw({ method: 'POST', path: uploadRoutes.collection, headers, ...way, ...(bytes.length > 0 && { body: bytes }) }));
  }

  async append(blob: Id, offset: number, bytes: Uint8Array<ArrayBuffer>, length: number | null, way: HowLong): Promise<number> {
    const headers = {
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
      ...(length !== null && { 'upload-length': String(length) }),
    };
    return offsetOf(await this.#api.raw({ method: 'PATCH', path: one(blob), headers, body: bytes, ...way }));
  }

  /** How many bytes the server has; rejects with `not-found` or `upload.gone`. */
  async offset(blob: Id, way: HowLong): Promise<number> {
    return offsetOf(await this.#api.raw({ method: 'HEAD', path: one(blob), headers: { 'tus-resumable': '1.0.0' }, ...way }));
  }

  /** Ends it. One that is not there is ended already; one that an event named goes with that event. */
  async terminate(blob: Id): Promise<void> {
    try {
      await this.#api.raw({ method: 'DELETE', path: one(blob), headers: { 'tus-resumable': '1.0.0' } });
    } catch (error) {
      if (!(error instanceof Failure) || !['not-found', 'upload.gone', 'upload.closed'].includes(error.code)) throw error;
    }
  }
}

function one(blob: Id): string {
  return uploadRoutes.one.replace(':id', blob);
}

function offsetOf({ headers }: { readonly headers: Readonly<Record<string, string>> }): number {
  const offset = Number(headers['upload-offset']);
  if (headers['upload-offset'] === undefined || !Number.isSafeInteger(offset) || offset < 0) throw new Failure('network.foreign', { reason: 'upload-offset' });
  return offset;
}
