import { tagOggOpus } from '@earshot/audio/tag-ogg.ts';
import { writeWav } from '@earshot/audio/wav-writer.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { type IndexEntry, indexPage, type IndexWords } from '@earshot/client/saving/index-page.ts';
import { LeftOut } from '@earshot/client/saving/left-out.ts';
import { type Kept, opusTags, type SavedAs, savedName, sidecar, type SoundTags, tagsOf } from '@earshot/client/saving/saved.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { Zip, ZipPassThrough } from 'fflate';

type Bytes = Uint8Array<ArrayBuffer>;

const RATE = 48_000;

/** The file of a message in the form `as`: Ogg as it was sent, the others decoded to 48 kHz by the browser. Ogg, M4A and MP3 carry `tags`; WAV carries none. Rejects with `play.unsupported` where the browser cannot decode it. */
export async function fileOf(ogg: Bytes, as: SavedAs, tags: SoundTags): Promise<Bytes> {
  if (as === 'ogg') return tagOggOpus(ogg, opusTags(tags));
  const sound = await decode(ogg);
  if (as === 'wav') return writeWav(sound.getChannelData(0), RATE);
  const { encode } = await import('./encode.browser.ts');
  return await encode(sound, as, tags);
}

async function decode(ogg: Bytes): Promise<AudioBuffer> {
  try {
    return await new OfflineAudioContext(1, 1, RATE).decodeAudioData(ogg.slice().buffer);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'EncodingError') throw error;
    throw new Failure('play.unsupported', { name: error.name }, { cause: error });
  }
}

export interface FolderOptions {
  readonly as: SavedAs;
  readonly audio: (kept: Kept) => Promise<Bytes>;
  readonly words: IndexWords;
  readonly progress: (done: number) => void;
}

export interface Folder {
  readonly zip: Blob;
  /** Messages in it. */
  readonly count: number;
  /** They are not in it: their sound cannot be had, or not in this form. */
  readonly leftOut: LeftOut['all'];
}

/** A folder in one file: each message with what is known of it, and a page that plays them. Sound does not get smaller by packing: it is only put together. */
export async function folderOf(all: readonly Kept[], { as, audio, words, progress }: FolderOptions): Promise<Folder> {
  const pieces: Bytes[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    pieces.push(piece);
  });
  const add = (name: string, bytes: Bytes): void => {
    const file = new ZipPassThrough(name);
    zip.add(file);
    file.push(bytes, true);
  };
  const entries: IndexEntry[] = [];
  const names = new Set<string>();
  const leftOut = new LeftOut();
  for (const kept of all) {
    const bytes = await leftOut.unless(kept.message, async () => await fileOf(await audio(kept), as, tagsOf(kept)));
    if (bytes === null) continue;
    const name = free(savedName(kept, as), names);
    add(name, bytes);
    add(`${name}.json`, utf8(sidecar(kept, { name, as, bytes: bytes.length, sha256: await sha256(bytes) })));
    entries.push({ ...kept, file: name, as });
    progress(entries.length);
  }
  add('index.html', utf8(indexPage(entries, words)));
  zip.end();
  return { zip: new Blob(pieces, { type: 'application/zip' }), count: entries.length, leftOut: leftOut.all };
}

function free(name: string, taken: Set<string>): string {
  for (let count = 1; ; count += 1) {
    const next = count === 1 ? name : name.replace(/\.\w+$/, ` (${count})$&`);
    if (taken.has(next)) continue;
    taken.add(next);
    return next;
  }
}
