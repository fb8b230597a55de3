import { listenForWakes } from '../waking/wake.worker.ts';
import { isAppPath } from './app-path.ts';
import { listenForNetwork } from './send.worker.ts';
import { giveWay } from './with-earshot.worker.ts';

/**
 * Keeps the app itself on the device: all its files under one version, complete or not at all, so that it opens without a
 * network and never mixes two versions. What people say is not in here; that is the replica's and the journal's.
 */

/** Filled in by the build: a hash over all files, and their paths. */
declare const SHELL_VERSION: string;
declare const SHELL_FILES: readonly string[];

const scope = globalThis as unknown as ServiceWorkerGlobalScope;
const CACHE = `shell-${SHELL_VERSION}`;

/** Requests that do not wake this worker: an older one that is woken again and again by what the page asks the server for never makes room for a newer one. Not every engine has it, and the web's types do not know it. */
interface Routing {
  addRoutes?(rules: readonly { condition: { urlPattern: { pathname: string } }; source: 'network' }[]): Promise<void>;
}

scope.addEventListener('install', (event) => {
  const routed = (event as Routing).addRoutes?.([{ condition: { urlPattern: { pathname: '/v1/*' } }, source: 'network' }]);
  if (routed !== undefined) event.waitUntil(routed);
  // `addAll` stores everything or nothing. `reload` passes by the HTTP cache, which could hold a file of another version.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL_FILES.map((path) => new Request(path, { cache: 'reload' })))));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith('shell-') && name !== CACHE).map((name) => caches.delete(name)));
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener('message', (event) => {
  if (event.data === 'take over') event.waitUntil(scope.skipWaiting());
  if (event.data === 'give way') giveWay();
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== scope.location.origin) return;
  if (request.mode === 'navigate') {
    if (isAppPath(url.pathname)) event.respondWith(fromShell('/', request));
  } else if (SHELL_FILES.includes(url.pathname)) event.respondWith(fromShell(url.pathname, request));
});

listenForWakes(scope);
listenForNetwork(scope);

async function fromShell(path: string, request: Request): Promise<Response> {
  try {
    const kept = await (await caches.open(CACHE)).match(path);
    if (kept !== undefined) return kept;
  } catch {
    // The browser's storage fails: what is kept in it is asked of the server.
  }
  return await fetch(request);
}
