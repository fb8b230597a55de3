import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { call, startWorld } from '../testing/world.ts';

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
