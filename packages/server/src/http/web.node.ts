import { basename } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Site } from './context.ts';

/** Names that carry a hash of what is in them never change. */
const HASHED = /[.-][A-Za-z0-9_]{8,}\.(?:js|css|wasm|woff2|svg|png|webp|map)$/;

/** What the web app may do: its own scripts, styles and sounds, this server, and nothing else. */
export function webHeaders({ origin }: Site): Record<string, string> {
  const socket = origin.replace(/^http/, 'ws');
  return {
    'content-security-policy': [
      "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:",
      `connect-src 'self' ${socket}`, "worker-src 'self'", "manifest-src 'self'", "font-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
    ].join('; '),
    'permissions-policy': 'microphone=(self), camera=(self), geolocation=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

/** Serves the built web app, compressed as it was built; addresses of the app itself get its page. */
export async function registerWeb(app: FastifyInstance, root: string, site: () => Site): Promise<void> {
  await app.register(fastifyStatic, {
    root, preCompressed: true, cacheControl: false, wildcard: true, index: 'index.html',
    setHeaders: (reply, path) => {
      reply.headers(webHeaders(site()));
      const name = basename(path).replace(/\.(?:br|gz)$/, '');
      reply.header('cache-control', HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

/** Whether this is an address of the app rather than a file that is not there. A service worker fetching the page asks for any type. */
export function wantsPage({ method, url }: FastifyRequest): boolean {
  const path = url.split('?', 1)[0] ?? '';
  return method === 'GET' && !path.startsWith('/v1/') && !basename(path).includes('.');
}
