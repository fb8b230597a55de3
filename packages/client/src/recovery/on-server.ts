import { sha256 } from '@earshot/base/hash.ts';
import { blobRoute } from '@earshot/protocol/addresses.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Api } from '../wire/api.ts';
import type { Elsewhere } from './own-copy.ts';

/** The bytes of a blob from the server, held to their hash; null where it does not have them so. Nothing is kept of them here. */
export async function bytesOnServer(api: Pick<Api, 'raw'>, { id, length, sha256: hash }: BlobRef): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const bytes = await (await api.raw({ method: 'GET', path: blobRoute.replace(':id', id) })).bytes();
    return bytes.length === length && (await sha256(bytes)) === hash ? bytes : null;
  } catch (error) {
    // A server that has lost the bytes fails over them.
    if (error instanceof Failure && (error.code === 'not-found' || error.code === 'server.fault')) return null;
    throw error;
  }
}

/** The server, for one copy. Once it could not be asked it is not asked again what it has: each question may take its time. */
export function serverForCopy(api: Pick<Api, 'raw'>): Elsewhere {
  let away = false;
  const has = async ({ id, sha256: hash }: BlobRef): Promise<boolean> => {
    try {
      return !away && (await api.raw({ method: 'HEAD', path: blobRoute.replace(':id', id) })).headers['etag'] === `"${hash}"`;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      away ||= error.code !== 'not-found';
      return false;
    }
  };
  return { has, bytes: (blob) => bytesOnServer(api, blob) };
}
