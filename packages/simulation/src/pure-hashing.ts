import { createHash } from 'node:crypto';

/**
 * The platform hashes on threads, whose timing no seed replays. A hash is a pure function: here it is computed at once. For the
 * whole process, which is why only simulations call it.
 */
export function hashAtOnce(): void {
  const digest = async (algorithm: AlgorithmIdentifier, data: BufferSource): Promise<ArrayBuffer> => {
    if (algorithm !== 'SHA-256') throw new Error('assertion: only SHA-256 is hashed at once');
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
    return new Uint8Array(createHash('sha256').update(bytes).digest()).buffer;
  };
  Object.defineProperty(crypto.subtle, 'digest', { value: digest, configurable: true });
}
