// Builds the web app into apps/web/dist: node apps/web/build.ts
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { encoderWorkers } from './encoder-workers.ts';
import { inOnePiece } from './one-piece.ts';

const here = import.meta.dirname;
const main = join(here, 'src/main.tsx');
const final = join(here, 'dist');
/** Built beside it and put in its place at the end: a server that serves it meanwhile never finds half of it. */
const dist = join(here, 'node_modules/.building');
const packages = join(here, '../../packages');
/** What the page needs before it can record, compressed, without the codec. Bytes. */
const BUDGET = 120 * 1024;
const COMPRESSED = /\.(js|css|html|svg|wasm|webmanifest|json)$/;

const common = {
  bundle: true,
  minify: true,
  sourcemap: false,
  format: 'esm' as 'esm' | 'iife',
  target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
  outdir: join(dist, 'assets'),
  publicPath: '/assets',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  metafile: true as const,
  legalComments: 'none' as const,
  logLevel: 'warning' as const,
  jsx: 'automatic' as const,
  jsxImportSource: 'preact',
} satisfies BuildOptions & { metafile: true };

const started = performance.now();
rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'assets'), { recursive: true });

const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { version: string };
const recorder = await build({ ...common, splitting: true, entryPoints: { recorder: join(packages, 'recorder/src/recorder.worker.ts') } });
const workers = await build({
  ...common,
  entryPoints: {
    capture: join(packages, 'recorder/src/capture/capture.worklet.ts'),
    convert: join(here, 'src/files/convert.worker.ts'),
  },
});
const knowledge = addHashed('knowledge.json', Buffer.from(JSON.stringify(await loadKnowledge())));
const codec = { simd: addCopy(codecFile('simd')), plain: addCopy(codecFile('opus')) };
const filled = {
  version,
  recorderWorker: outputOf(recorder.metafile, 'recorder.worker.ts'),
  captureWorklet: outputOf(workers.metafile, 'capture.worklet.ts'),
  convertWorker: outputOf(workers.metafile, 'convert.worker.ts'),
  knowledge,
  codec,
};
const app = await build({ ...common, splitting: true, plugins: [inOnePiece(main), encoderWorkers(addHashed)], entryPoints: { app: main }, define: { BUILD: JSON.stringify(JSON.stringify(filled)) } });
const style = await build({ ...common, entryPoints: { app: join(here, 'src/shell/app.css') } });

const script = outputOf(app.metafile, 'main.tsx');
const first = staticImports(app.metafile, script);
cpSync(join(here, 'static'), dist, { recursive: true });
writeFileSync(
  join(dist, 'index.html'),
  readFileSync(join(here, 'index.html'), 'utf8')
    .replace('{{style}}', outputOf(style.metafile, 'app.css'))
    .replace('{{script}}', script)
    .replace('{{preload}}', first.filter((path) => path !== script).map((path) => `    <link rel="modulepreload" href="${path}">`).join('\n')),
);
await addServiceWorker();
for (const path of filesIn(dist)) compress(path);
judge([...first, ...longestLanguage(), ...staticImports(recorder.metafile, filled.recorderWorker), filled.captureWorklet]);
rmSync(final, { recursive: true, force: true });
renameSync(dist, final);

/**
 * The shell is everything that was built: its version follows from all bytes, so a change anywhere is a new version. The encoders are large and rarely
 * needed: they are fetched when they are.
 */
async function addServiceWorker(): Promise<void> {
  const files = filesIn(dist);
  const hash = createHash('sha256');
  for (const path of files) hash.update(path).update(readFileSync(path));
  const paths = files.map((path) => `/${relative(dist, path)}`.replace('/index.html', '/')).filter((path) => !/icon-maskable\.svg$|-encoder-\w+\.js$/.test(path));
  await build({
    ...common,
    outdir: dist,
    entryNames: 'service-worker',
    entryPoints: [join(here, 'src/offline/service-worker.worker.ts')],
    format: 'iife',
    define: { SHELL_VERSION: JSON.stringify(hash.digest('hex').slice(0, 16)), SHELL_FILES: JSON.stringify(paths) },
  });
}

function codecFile(name: string): string {
  return join(createRequire(import.meta.url).resolve('@evan/opus/package.json'), '../wasm', `${name}.wasm`);
}

function addCopy(path: string): string {
  return addHashed(basename(path), readFileSync(path));
}

/** Into the assets, the name extended by a hash of the content. */
function addHashed(plain: string, content: Buffer): string {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const name = plain.replace('.', `-${hash}.`);
  writeFileSync(join(dist, 'assets', name), content);
  return `/assets/${name}`;
}

function outputOf(metafile: Metafile, entry: string): string {
  const found = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint?.endsWith(entry));
  if (!found) throw new Error(`the build made nothing of ${entry}`);
  return `/assets/${basename(found[0])}`;
}

/** A script and everything it imports at once; what is imported lazily is not needed before recording. */
function staticImports(metafile: Metafile, root: string): string[] {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [`/assets/${basename(path)}`, output]));
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const one of outputs.get(path)?.imports ?? []) if (one.kind === 'import-statement') visit(`/assets/${basename(one.path)}`);
  };
  visit(root);
  return [...found];
}

/** A page fetches one language: the one with most to fetch counts. */
function longestLanguage(): string[] {
  const languages = ['words/english.ts', 'words/german.ts'].map((entry) => staticImports(app.metafile, outputOf(app.metafile, entry)).filter((path) => !first.includes(path)));
  const size = (paths: readonly string[]): number => paths.reduce((sum, path) => sum + compressedSize(path), 0);
  return languages.reduce((longest, one) => (size(one) > size(longest) ? one : longest));
}

function compressedSize(path: string): number {
  return readFileSync(join(dist, `${path}.br`)).length;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Compressed once here instead of at every request. */
function compress(path: string): void {
  if (!COMPRESSED.test(path)) return;
  const content = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: content.length > 400_000 ? 9 : 11 } }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}

function judge(needed: string[]): void {
  const sizes = needed.map((path) => ({ path, bytes: compressedSize(path) }));
  const sum = sizes.reduce((total, { bytes }) => total + bytes, 0);
  const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
  for (const { path, bytes } of sizes) console.log(`  ${path}  ${kilobytes(bytes)}`);
  console.log(`JavaScript needed before recording: ${kilobytes(sum)} of ${kilobytes(BUDGET)} (built in ${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (sum <= BUDGET) return;
  console.error('That is over the budget. Load something of it lazily.');
  process.exitCode = 1;
}
