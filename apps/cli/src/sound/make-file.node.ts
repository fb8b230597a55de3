import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tagOggOpus } from '@earshot/audio/tag-ogg.ts';
import { opusTags, type SavedAs, type SoundTags } from '@earshot/client/saving/saved.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { oggOpusToWav } from './wav-file.node.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A voice at 48 kHz, one channel: more than this nobody hears. */
const ENCODERS = {
  m4a: ['-c:a', 'aac', '-b:a', '64k', '-movflags', '+faststart', '-f', 'ipod'],
  mp3: ['-c:a', 'libmp3lame', '-b:a', '96k', '-id3v2_version', '3', '-f', 'mp3'],
} as const;

/** The file of a message in another form, with tags. `program` is ffmpeg, for M4A and MP3: throws `audio.needs-ffmpeg`, `audio.unsupported`. */
export async function makeFile(ogg: Bytes, as: SavedAs, tags: SoundTags, { program, signal }: { program: string; signal: AbortSignal }): Promise<Bytes> {
  if (as === 'ogg') return tagOggOpus(ogg, opusTags(tags));
  if (as === 'wav') return await oggOpusToWav(ogg);
  const folder = await mkdtemp(join(tmpdir(), 'earshot-save-'));
  try {
    const [source, target] = [join(folder, 'sent.ogg'), join(folder, `made.${as}`)];
    await writeFile(source, ogg);
    // Nothing of the machine and of the moment gets into the file: made again it is the same.
    const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-i', `file:${source}`, '-map', '0:a:0', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact', ...metadata(tags), ...ENCODERS[as], `file:${target}`];
    await run(program, args, signal);
    return new Uint8Array(await readFile(target));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function metadata(tags: SoundTags): string[] {
  return Object.entries(tags).flatMap(([name, value]) => ['-metadata', `${name}=${value}`]);
}

async function run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 2_000)));
  const exit = await new Promise<number | null>((ended, missing) => {
    child.once('close', ended);
    child.once('error', (error) => missing(signal.aborted ? error : new Failure('audio.needs-ffmpeg', { program }, { cause: error })));
  });
  if (exit !== 0) throw new Failure('audio.unsupported', { message: said.trim().slice(0, 200), program });
}
