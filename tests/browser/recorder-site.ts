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

/** What a browser may lack, and how it is taken from one that has it: in the page, in the worker. */
const lacks = {
  track: { page: 'delete globalThis.MediaStreamTrackProcessor;', worker: '' },
  capture: { page: `delete globalThis.MediaStreamTrackProcessor; delete globalThis.AudioWorkletNode; Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined });`, worker: '' },
  disk: { page: '', worker: 'delete globalThis.StorageManager?.prototype.getDirectory;' },
  codec: { page: '', worker: 'WebAssembly.validate = () => false;' },
  locks: { page: `Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });`, worker: '' },
} as const;

export type Lack = keyof typeof lacks;
export const LACKS = Object.keys(lacks) as Lack[];

export interface Site extends AsyncDisposable {
  /** With 'localhost', where browsers give microphones without HTTPS. */
  readonly url: string;
  /** The same, as a browser sees it that lacks these. */
  lacking(what: readonly Lack[]): string;
  /** By another name of this machine, where they do not. */
  readonly insecureUrl: string;
}

/** Serves the recorder as an app would: bundled, from one origin, under a strict policy. `more`: scripts by their path. */
export async function serveRecorder(more: Readonly<Record<string, string>> = {}): Promise<Site> {
  const files = await bundle();
  for (const [path, script] of Object.entries(more)) files.set(path, Buffer.from(script));
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const body = bodyOf(files, url);
    response.writeHead(body === undefined ? 404 : 200, { 'content-security-policy': CSP, 'content-type': typeOf(url.pathname) });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    lacking: (what) => `http://localhost:${port}/?${new URLSearchParams(what.map((one) => ['lacks', one])).toString()}`,
    insecureUrl: `http://insecure.test:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function bodyOf(files: ReadonlyMap<string, Uint8Array>, { pathname, search, searchParams }: URL): Uint8Array | string | undefined {
  const lacking = LACKS.filter((lack) => searchParams.getAll('lacks').includes(lack));
  const without = (world: 'page' | 'worker'): string => lacking.map((lack) => lacks[lack][world]).join('\n');
  const file = files.get(pathname);
  if (pathname === '/') return `<!doctype html><title>recorder</title><script src="/lacks.js${search}"></script><script type="module" src="/recorder-page.js"></script>`;
  if (pathname === '/lacks.js') return without('page');
  return pathname === '/recorder.worker.js' && file !== undefined ? Buffer.concat([Buffer.from(`${without('worker')}\n`), file]) : file;
}

async function bundle(): Promise<Map<string, Uint8Array>> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: entries, bundle: true, format: 'esm', target: 'es2022', write: false, outdir: '/', logLevel: 'silent',
  });
  const files = new Map<string, Uint8Array>(outputFiles.map((file) => [file.path, file.contents]));
  const { resolve } = createRequire(import.meta.url);
  for (const path of Object.values(OPUS_WASM_FILES)) files.set(`/${path.split('/').at(-1)}`, await readFile(resolve(path)));
  return files;
}

function typeOf(url: string): string {
  if (url.endsWith('.js')) return 'text/javascript';
  return url.endsWith('.wasm') ? 'application/wasm' : 'text/html';
}
