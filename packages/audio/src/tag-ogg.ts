import { readOggOpus } from './ogg-opus-reader.ts';
import { writeOggOpus } from './ogg-opus.ts';

/** The file of a message with tags: its packets stay as they are. Throws `AudioError` for what is no such file. */
export function tagOggOpus(ogg: Uint8Array, tags: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const { packets, preSkip, samples } = readOggOpus(ogg);
  return writeOggOpus({ packets, preSkip, samples, tags });
}
