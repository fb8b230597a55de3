import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { routes } from '@earshot/protocol/routes.ts';
import { call, startWorld } from '../testing/world.ts';
import { httpApiText } from './document.node.ts';

test('[WEB1] the web app is served as it was built, with its page for every address of the app', async (t) => {
  const webDir = await mkdtemp(join(tmpdir(), 'earshot-web-'));
  t.after(() => rm(webDir, { recursive: true, force: true }));
  await mkdir(join(webDir, 'assets'));
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(webDir, 'sw.js'), 'worker');
  await writeFile(join(webDir, 'assets', 'app-ABCD1234.js'), 'plain');
  await writeFile(join(webDir, 'assets', 'app-ABCD1234.js.br'), brotliCompressSync('squeezed'));
  const world = await startWorld(t, { webDir });
  const html = { accept: 'text/html' };
  for (const path of ['/', '/join', '/conversations/abc']) {
    const page = await call(world.base, null, 'GET', path, undefined, html);
    assert.match(page.text, /<title>page/, path);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    assert.ok(policy.includes(`connect-src 'self' ${world.server.origin.replace('http', 'ws')};`), policy);
    assert.match(page.headers.get('permissions-policy') ?? '', /microphone=\(self\)/);
    assert.equal(page.headers.get('cache-control'), 'no-cache');
  }
  assert.match((await call(world.base, null, 'GET', '/')).text, /<title>page/, 'for a service worker, which asks for any type');
  const script = await call(world.base, null, 'GET', '/assets/app-ABCD1234.js', undefined, { 'accept-encoding': 'br' });
  assert.deepEqual([script.text, script.headers.get('cache-control')], ['squeezed', 'public, max-age=31536000, immutable']);
  assert.match(script.headers.get('content-type') ?? '', /javascript/);
  assert.equal((await call(world.base, null, 'GET', '/sw.js')).headers.get('cache-control'), 'no-cache');
  assert.equal((await call(world.base, null, 'GET', '/assets/none.js')).code, 'request.unknown');
  assert.equal((await call(world.base, null, 'GET', '/v1/none', undefined, html)).code, 'request.unknown');
  assert.equal((await call(world.base, null, 'GET', '/../package.json')).code, 'request.unknown');
});

test('[API1] the OpenAPI document names every route of the contract', async (t) => {
  const world = await startWorld(t);
  const document = (await call(world.base, null, 'GET', '/v1/openapi.json')).json as unknown as { openapi: string; paths: Record<string, Record<string, { requestBody?: unknown }>> };
  assert.equal(document.openapi, '3.1.0');
  for (const route of Object.values(routes)) {
    const operation = document.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
    assert.ok(operation, route.path);
    if ('body' in route) assert.ok(operation.requestBody, route.path);
  }
  assert.ok(document.paths['/v1/uploads/{id}']?.['patch']);
  const docs = new URL('../../../../docs/', import.meta.url);
  const hint = 'run node packages/server/src/http/write-docs.node.ts';
  assert.deepEqual(JSON.parse(await readFile(new URL('openapi.json', docs), 'utf8')), document, hint);
  assert.equal(await readFile(new URL('http-api.md', docs), 'utf8'), httpApiText(), hint);
});
