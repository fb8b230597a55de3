import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bestOpusVariant, OPUS_WASM_FILES, startOpus, type OpusCodec, type OpusVariant } from './opus-wasm.ts';

/** Starts libopus from the installed package. */
export async function startOpusFromPackage(variant: OpusVariant = bestOpusVariant()): Promise<OpusCodec> {
  const path = createRequire(import.meta.url).resolve(OPUS_WASM_FILES[variant]);
  return startOpus(new Uint8Array(await readFile(path)));
}
