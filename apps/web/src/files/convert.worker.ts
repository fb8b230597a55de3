import { AudioError } from '@earshot/audio/audio-error.ts';
import { bestOpusVariant, startOpus } from '@earshot/audio/opus-wasm.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ConversionAnswer, ConversionRequest, ConvertedSound } from './conversion.ts';
import { fetchPart } from './fetch-part.ts';
import { kindOf } from './kind.ts';
import { convertOgg } from './ogg-file.ts';
import { convertOther } from './other-file.ts';
import { refusalOf } from './refusal.ts';
import { convertWav } from './wav-file.ts';

/** Turns an audio file into what a message consists of, beside the page, so that nothing there stands still. */

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const answer = (message: ConversionAnswer): void => scope.postMessage(message);

scope.addEventListener('message', (event: MessageEvent<ConversionRequest>) => {
  convert(event.data)
    .then((sound) => answer({ type: 'done', sound }))
    // The page hears of nothing else that is thrown in here.
    .catch((error: unknown) => {
      const { code, evidence } = refusalOf(error);
      answer({ type: 'refused', code, evidence });
    });
});

async function convert({ file, codec: addresses }: ConversionRequest): Promise<ConvertedSound> {
  if (file.size === 0) throw new AudioError('empty', 'no-bytes', 'There are no bytes.');
  const head = await readable(file.slice(0, 12).arrayBuffer());
  const codec = await startOpus(new Uint8Array(await fetchPart(addresses[bestOpusVariant()])));
  const progress = throttled();
  switch (kindOf(new Uint8Array(head))) {
    case 'ogg':
      return oggOrOther(codec, file, progress);
    case 'wav':
      return convertWav(codec, pieces(file, progress));
    case 'other':
      return convertOther(codec, file, progress);
  }
}

/** Ogg may hold other codecs as well; those are the browser's matter. */
async function oggOrOther(codec: Parameters<typeof convertOgg>[0], file: File, progress: (share: number) => void): Promise<ConvertedSound> {
  try {
    return await convertOgg(codec, pieces(file, progress));
  } catch (error) {
    if (error instanceof AudioError && error.reason === 'unsupported') return convertOther(codec, file, progress);
    throw error;
  }
}

async function* pieces(file: File, progress: (share: number) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  let read = 0;
  for (;;) {
    const { value, done } = await readable(reader.read());
    if (done) return;
    yield value;
    read += value.length;
    progress(read / file.size);
  }
}

/** The file may have gone, or changed, since it was chosen. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new Failure('file.unreadable', {}, { cause: error });
  }
}

/** Ten times a second is enough to see it move. */
function throttled(): (share: number) => void {
  let last = 0;
  return (share) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    answer({ type: 'progress', share: Math.min(1, share) });
  };
}
