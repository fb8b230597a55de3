import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { OPUS_WASM_FILES } from '@earshot/audio/opus-wasm.ts';

/** As strict as the app's own. */
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; media-src 'self' blob:";

const entries = {
  'recorder.worker': 'packages/recorder/src/recorder.worker.ts',
  'capture.worklet': 'packages/recorder/src/capture/capture.worklet.ts',
  'recorder-page': 'tests/browser/recorder-page.ts',
  'journal-contract.worker': 'packages/recorder/src/testing/journal-contract.worker.ts',
};

export interface Site extends AsyncDisposable {
  /** With 'localhost', where browsers give microphones without HTTPS. */
  readonly url: string;
  /** By another name of this machine, where they do not. */
  readonly insecureUrl: string;
}

/** Serves the recorder as an app would: bundled, from one origin, under a strict policy. */
export async function serveRecorder(): Promise<Site> {
  const files = await bundle();
  const server = createServer((request, response) => {
    const body = files.get(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200, { 'content-security-policy': CSP, 'content-type': typeOf(request.url ?? '') });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    insecureUrl: `http://insecure.test:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bundle(): Promise<Map<string, Uint8Array>> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: entries, bundle: true, format: 'esm', target: 'es2022', write: false, outdir: '/', logLevel: 'silent',
  });
  const files = new Map<string, Uint8Array>(outputFiles.map((file) => [file.path, file.contents]));
  const { resolve } = createRequire(import.meta.url);
  for (const path of Object.values(OPUS_WASM_FILES)) files.set(`/${path.split('/').at(-1)}`, await readFile(resolve(path)));
  files.set('/', Buffer.from('<!doctype html><title>recorder</title><script type="module" src="/recorder-page.js"></script>'));
  return files;
}

function typeOf(url: string): string {
  if (url.endsWith('.js')) return 'text/javascript';
  return url.endsWith('.wasm') ? 'application/wasm' : 'text/html';
}
