import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readWav } from '../wav.ts';

const run = promisify(execFile);

/** Where Debian's pocketsphinx-testdata keeps public recordings of people: 16 kHz, one channel. */
const SPEECH = '/usr/share/pocketsphinx/test/data';

/** Real human speech. Fails where the package is not installed: a test without it would show nothing. */
export async function humanSpeech(name: string): Promise<{ path: string; mono: Float32Array<ArrayBuffer>; rate: number }> {
  const path = join(SPEECH, name);
  const { mono, format } = readWav(await readFile(path));
  return { path, mono, rate: format.sampleRate };
}

/** A folder for one test, gone when it ends. */
export async function scratch<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-audio-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs an installed program; its output, or an error with what it said. */
export async function tool(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(name, [...args], { maxBuffer: 1 << 26 });
  return stdout + stderr;
}

/** Decodes an Ogg Opus file with Xiph's own decoder, to one channel at 48 kHz. */
export async function decodeWithOpusdec(file: Uint8Array): Promise<Float32Array<ArrayBuffer>> {
  return scratch(async (folder) => {
    const [source, target] = [join(folder, 'in.opus'), join(folder, 'out.wav')];
    await writeFile(source, file);
    await tool('opusdec', '--quiet', '--no-dither', '--rate', '48000', source, target);
    return readWav(await readFile(target)).mono;
  });
}
