import { spawn } from 'node:child_process';
import { Failure } from '@earshot/protocol/failures.ts';

/**
 * Formats that we do not read ourselves, through an installed ffmpeg. It decodes to 16-bit samples at 48 kHz, one channel, on its
 * standard output; what it says on standard error is the only way to learn that a file was cut or damaged, because it goes on
 * as well as it can and then ends with 0.
 */
export interface FfmpegRun {
  readonly samples: AsyncIterable<Uint8Array>;
  /** Call it when `samples` ended, with their number: throws `audio.*` when the file was not all right. */
  check(samples: number): Promise<void>;
}

/** Throws `audio.needs-ffmpeg` where there is none. */
export async function runFfmpeg(path: string, program: string, signal: AbortSignal): Promise<FfmpegRun> {
  const args = [
    '-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info',
    // A playlist may name other files, or addresses; only this file was meant.
    '-protocol_whitelist', 'file,crypto,data', '-i', `file:${path}`,
    '-map', '0:a:0', '-vn', '-sn', '-dn', '-f', 's16le', '-ar', '48000', '-ac', '1', 'pipe:1',
  ];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  await new Promise<void>((started, missing) => {
    child.once('spawn', started);
    child.once('error', (error) => missing(new Failure('audio.needs-ffmpeg', { program }, { cause: error })));
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 100_000);
  });
  const ended = new Promise<number | null>((done, failed) => {
    child.once('close', (code) => done(code));
    child.once('error', failed);
  });
  // Whoever stops reading in the middle never asks how it ended.
  ended.catch(() => undefined);
  return {
    samples: child.stdout,
    check: async (samples) => {
      judge({ exit: await ended, said, seconds: samples / 48_000 });
    },
  };
}

/**
 * Throws what is wrong with the file. `seconds` is how much came out of it. A file that is cut within its last packet looks
 * damaged as well; how much is missing tells the two apart.
 */
export function judge({ exit, said, seconds }: { exit: number | null; said: string; seconds: number }): void {
  const cut = complaint(said, /moov atom not found|partial file|ended prematurely|truncat|growing file/i);
  if (cut !== null) throw new Failure('audio.torn', { seconds, message: cut });
  if (exit !== 0 || seconds === 0) throw new Failure('audio.not-audio', { message: complaint(said, /invalid|error|no streams|could not|argument/i) ?? `exit ${exit}` });
  const claimed = claimedSeconds(said);
  const short = claimed !== null && seconds < claimed * 0.98 - 0.5;
  const damage = complaint(said, /Error (?:while decoding|submitting)|crc mismatch|Invalid data found|exceeds containing|non monotonically/i);
  if (damage !== null && !(claimed !== null && seconds < claimed * 0.75)) throw new Failure('audio.damaged', { seconds, message: damage });
  if (short || damage !== null) throw new Failure('audio.torn', { seconds, claimed });
}

/** The first line in which ffmpeg says such a thing. */
function complaint(said: string, what: RegExp): string | null {
  return said.split('\n').find((line) => what.test(line))?.trim().slice(0, 200) ?? null;
}

/** What the file says of its own length; null where ffmpeg only guesses. */
function claimedSeconds(said: string): number | null {
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d\d):(\d\d\.\d+)/.exec(said) ?? [];
  if (seconds === undefined || /Estimating duration from bitrate/i.test(said)) return null;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
