import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One person's recordings, out of a Debian package. */
export interface Voice {
  readonly name: string;
  /** Hz; above this the source itself has nothing. 24,000: nothing is missing. */
  readonly edgeHz: number;
  /** Whole sentences are cut, single words are joined. */
  readonly whole: boolean;
  /** 48 kHz, one channel. */
  readonly pieces: readonly Float32Array<ArrayBuffer>[];
}

/** Letters and syllables, read by one person a language. Left out: ml, tn, ru and lt, whose recordings are themselves clipped. */
const LETTERS = '/usr/share/klettres';
const LANGUAGES = ['cs', 'de', 'en', 'en_GB', 'fr', 'he', 'hu', 'it', 'nds', 'nl', 'pt_BR', 'uk'];
/** Made from something that ended at 8 kHz. */
const NARROW_LANGUAGES = ['da', 'es'];
const PIECES_OF_A_LANGUAGE = 16;

/** Read sentences and commands, at 16 kHz. */
const SENTENCES = '/usr/share/pocketsphinx/test/data';

export async function voices(): Promise<Voice[]> {
  const letters = await Promise.all([...LANGUAGES, ...NARROW_LANGUAGES].map(lettersOf));
  return [...letters, ...(await sentences())];
}

export async function lettersOf(language: string): Promise<Voice> {
  const folder = join(LETTERS, language);
  const found = await Promise.all(['alpha', 'syllab'].map(async (kind) => (await readdir(join(folder, kind))).map((file) => join(folder, kind, file))));
  const files = found.flat().sort();
  const step = Math.max(1, Math.floor(files.length / PIECES_OF_A_LANGUAGE));
  const chosen = files.filter((_, at) => at % step === 0).slice(0, PIECES_OF_A_LANGUAGE);
  const pieces = (await decode(chosen.map((file) => ['-i', file]))).map(trimmed).filter(({ length }) => length > 4_800);
  return { name: `klettres ${language}`, edgeHz: NARROW_LANGUAGES.includes(language) ? 8_000 : 24_000, whole: false, pieces };
}

async function sentences(): Promise<Voice[]> {
  const raw = ['-f', 's16le', '-ar', '16000', '-ac', '1', '-i'];
  const read = ['0870', '0880', '0890', '0920', '0930'].map((part) => ['-i', join(SENTENCES, `librivox/sense_and_sensibility_01_austen_64kb-${part}.wav`)]);
  const commands = ['goforward.raw', 'numbers.raw', 'something.raw', 'tidigits/dhd.2934z.raw'].map((file) => raw.concat(join(SENTENCES, file)));
  const cards = ['001', '002', '003', '004', '005'].map((card) => ['-i', join(SENTENCES, `cards/${card}.wav`)]);
  const kinds = [['novel', read], ['commands', commands], ['cards', cards]] as const;
  return Promise.all(kinds.map(async ([name, inputs]) => ({ name: `pocketsphinx ${name}`, edgeHz: 8_000, whole: true, pieces: await decode(inputs) })));
}

/** Several files in one go of ffmpeg. */
async function decode(inputs: readonly (readonly string[])[]): Promise<Float32Array<ArrayBuffer>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-corpus-'));
  try {
    const targets = inputs.map((_, at) => join(folder, `${at}.f32`));
    const outputs = targets.flatMap((target, at) => ['-map', `${at}:a`, '-ac', '1', '-ar', '48000', '-f', 'f32le', target]);
    // Without the processor's special instructions the samples are the same on every machine, and so is the fault matrix.
    await run('ffmpeg', ['-v', 'error', '-cpuflags', '0', ...inputs.flat(), ...outputs]);
    return await Promise.all(targets.map(async (target) => new Float32Array(new Uint8Array(await readFile(target)).buffer)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Without the silence that an editor left before and after a word. */
function trimmed(samples: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const limit = samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) / 30;
  const first = samples.findIndex((sample) => Math.abs(sample) > limit);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > limit);
  return samples.slice(Math.max(0, first), last + 1);
}
