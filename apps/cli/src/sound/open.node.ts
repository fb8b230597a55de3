import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AudioError } from '@earshot/audio/audio-error.ts';
import { fromInt16 } from '@earshot/audio/pcm.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { startOpusFromPackage } from '@earshot/audio/opus-wasm.node.ts';
import { decodePage } from '@earshot/audio/ogg-page.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import { fileFailure } from '../files/write-file.node.ts';
import { peek, until } from './bytes.ts';
import { runFfmpeg } from './ffmpeg.node.ts';
import { oggFileSource, oggStreamSource } from './ogg-source.ts';
import { pcmSource } from './pcm-source.ts';
import { sniff, SNIFF_BYTES, type SoundKind } from './sniff.ts';
import type { SoundSource } from './source.ts';
import { wavSource } from './wav-source.ts';

type World = Pick<Context, 'in' | 'cwd' | 'env' | 'ending'>;

/** Opens a file, or standard input for `-`. Throws `audio.*`, `AudioError` and `file.unreadable`, now and while it is read. */
export async function openSound(world: World, file: string): Promise<SoundSource> {
  const codec = await startOpusFromPackage();
  return file === '-' ? await openStream(codec, world) : await openFile(codec, world, resolve(world.cwd, file));
}

async function openStream(codec: OpusCodec, { in: input, ending }: World): Promise<SoundSource> {
  const { head, bytes } = await peek(until(input, ending), SNIFF_BYTES);
  if (head.length === 0) throw new Failure('audio.empty', { detail: 'no-bytes' });
  const kind = sniff(head);
  switch (kind) {
    case 'ogg': return await oggStreamSource(codec, bytes);
    case 'wav': return await wavSource(codec, bytes, null);
    case 'other-audio': throw new Failure('audio.unsupported', { detail: 'stream', message: 'Standard input takes Ogg Opus and WAV.' });
    case 'unknown': throw new Failure('audio.not-audio', { detail: 'stream' });
  }
}

async function openFile(codec: OpusCodec, world: World, path: string): Promise<SoundSource> {
  const { head, size } = await lookAt(path);
  if (size === 0) throw new Failure('audio.empty', { detail: 'no-bytes' });
  const kind = sniff(head);
  try {
    if (kind === 'ogg') return oggFileSource(codec, await readFile(path));
    if (kind === 'wav') return await wavSource(codec, until(createReadStream(path), world.ending), size);
  } catch (error) {
    // Vorbis in Ogg, compressed sound in WAV: known, but not to us.
    if (!(error instanceof AudioError) || error.reason !== 'unsupported') throw error;
  }
  if (kind === 'ogg') checkOgg(await readFile(path));
  return await throughFfmpeg(codec, world, path, kind);
}

async function lookAt(path: string): Promise<{ head: Uint8Array; size: number }> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(new Uint8Array(SNIFF_BYTES));
      return { head: buffer.subarray(0, bytesRead), size };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileFailure(error, 'file.unreadable', path);
  }
}

async function throughFfmpeg(codec: OpusCodec, { env, ending }: World, path: string, kind: SoundKind): Promise<SoundSource> {
  try {
    const run = await runFfmpeg(path, env['EARSHOT_FFMPEG'] ?? 'ffmpeg', ending);
    return pcmSource(codec, { frames: checked(run), rate: 48_000, seconds: null });
  } catch (error) {
    // What nobody would take for sound does not get any better by an ffmpeg.
    if (kind === 'unknown' && error instanceof Failure && error.code === 'audio.needs-ffmpeg') throw new Failure('audio.not-audio', { detail: 'unknown-format' }, { cause: error });
    throw error;
  }
}

async function* checked(run: Awaited<ReturnType<typeof runFfmpeg>>): AsyncGenerator<Float32Array> {
  let odd: Uint8Array = new Uint8Array(0);
  let samples = 0;
  for await (const piece of run.samples) {
    const bytes = new Uint8Array(odd.length + piece.length);
    bytes.set(odd);
    bytes.set(piece, odd.length);
    const whole = bytes.length >> 1;
    odd = bytes.subarray(whole * 2);
    samples += whole;
    yield fromInt16(new Int16Array(bytes.buffer, 0, whole));
  }
  await run.check(samples);
}

/** ffmpeg reads an Ogg file that was cut as if it had been shorter; its pages tell. Throws `audio.torn`, `audio.damaged`. */
function checkOgg(bytes: Uint8Array): void {
  let last = false;
  for (let at = 0; at < bytes.length; ) {
    const reading = decodePage(bytes, at);
    if (reading.kind === 'short') throw new Failure('audio.torn', { offset: at, bytes: bytes.length });
    if (reading.kind === 'bad') throw new Failure('audio.damaged', { offset: at, detail: reading.fault });
    last = reading.page.last;
    at += reading.size;
  }
  if (!last) throw new Failure('audio.torn', { bytes: bytes.length, detail: 'unmarked' });
}
