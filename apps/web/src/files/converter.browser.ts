import { Failure } from '@earshot/protocol/failures.ts';
import type { ConversionAnswer, ConversionRequest, ConvertedSound } from './conversion.ts';
import type { Converter } from './importing.ts';
import { refusalOf } from './refusal.ts';

/** A worker for each file: it ends with it, also when it is cancelled in the middle. */
export function createConverter(workerAddress: string, codec: ConversionRequest['codec']): Converter {
  return (file, progress, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<ConvertedSound>();
    const worker = new Worker(workerAddress, { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<ConversionAnswer>) => {
      if (data.type === 'progress') progress(data.share);
      else if (data.type === 'done') resolve(data.sound);
      else reject(new Failure(data.code, data.evidence));
    });
    // A script that does not come is told without a reason, one that falls over with it.
    worker.addEventListener('error', ({ message }: Partial<ErrorEvent>) => reject(message === undefined ? new Failure('network.unreachable', { file: workerAddress }) : refusalOf(new Error(message))));
    worker.addEventListener('messageerror', () => reject(refusalOf(new Error('an answer that cannot be read'))));
    signal.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')), { once: true });
    worker.postMessage({ file, codec } satisfies ConversionRequest);
    return promise.finally(() => worker.terminate());
  };
}
