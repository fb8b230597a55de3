import { build } from 'esbuild';
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { scratch } from './testing/tools.node.ts';

const SOURCE = `
  import wasm from '@evan/opus/wasm/simd.wasm';
  import { startOpus } from './opus-wasm.ts';
  import { encodePcm, decodePackets } from './transcode.ts';
  export async function travel(sound) {
    const codec = await startOpus(wasm);
    return decodePackets(codec, encodePcm(codec, [sound], 48000)).length;
  }
`;

test('[AU20] bundled for browsers with its bytes inlined, the codec runs', async () => {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: dirname(fileURLToPath(import.meta.url)), loader: 'ts' },
    bundle: true, platform: 'browser', format: 'esm', write: false, minify: true,
    // Without a target esbuild reads the bytes with a function that many browsers do not have yet.
    target: 'es2022', loader: { '.wasm': 'binary' },
  });
  const [bundle] = outputFiles;
  assert.ok(bundle !== undefined);
  await scratch(async (folder) => {
    const path = join(folder, 'bundle.mjs');
    await writeFile(path, bundle.contents);
    const { travel } = await import(pathToFileURL(path).href) as { travel: (sound: Float32Array) => Promise<number> };
    assert.equal(await travel(new Float32Array(12_345)), 12_345);
  });
});
