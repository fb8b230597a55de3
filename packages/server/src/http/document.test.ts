import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { blobRoute, liveRoute, openapiRoute, uploadRoutes } from '@earshot/protocol/addresses.ts';
import { echoRoute } from '@earshot/protocol/echo.ts';
import { rawRoutes, type RawRoute } from '@earshot/protocol/raw-routes.ts';
import { routes } from '@earshot/protocol/routes.ts';
import { call, type Caller, hashOf, type JsonAnswer, newId, noise, startWorld } from '../testing/world.ts';
import { httpApiText } from './document.node.ts';
import { openapiPath } from './openapi.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: unknown; readonly responses: Readonly<Record<string, unknown>> }>>>>;
}

const documentOf = async (base: string): Promise<OpenApi> => (await call(base, null, 'GET', openapiRoute)).json as unknown as OpenApi;

test('[API1] the OpenAPI document names every route of the contract, and docs/ has what it says', async (t) => {
  const world = await startWorld(t);
  const document = await documentOf(world.base);
  assert.equal(document.openapi, '3.1.0');
  for (const route of [...Object.values(routes), ...Object.values(rawRoutes)]) {
    const operation = document.paths[openapiPath(route.path)]?.[route.method.toLowerCase()];
    assert.ok(operation, `${route.method} ${route.path}`);
    assert.equal('requestBody' in operation, 'body' in route, route.path);
  }
  const docs = new URL('../../../../docs/', import.meta.url);
  const hint = 'run node packages/server/src/http/write-docs.node.ts';
  assert.deepEqual(JSON.parse(await readFile(new URL('openapi.json', docs), 'utf8')), document, hint);
  assert.equal(await readFile(new URL('http-api.md', docs), 'utf8'), httpApiText(), hint);
});

test('[API1] what the server answers is what the document names: every method at every address, and no other', async (t) => {
  const world = await startWorld(t);
  const { paths } = await documentOf(world.base);
  const addresses = new Set([...Object.values(uploadRoutes), blobRoute, echoRoute, openapiRoute, ...Object.values(routes).map(({ path }) => path)]);
  for (const address of addresses) {
    const asked = address.replace(/:\w+/g, newId());
    // `DELETE /v1/me/passkeys/options` is that of a passkey with this id.
    const named = new Set(Object.entries(paths).flatMap(([path, methods]) => (new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked) ? Object.keys(methods) : [])));
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const { status } = await call(world.base, null, method, asked);
      // Who is nobody is asked who she is before anything is looked for: only an address that there is not is a 404. A HEAD that is a GET without its body needs no mention.
      assert.equal(status !== 404, named.has(method.toLowerCase()) || (method === 'HEAD' && named.has('get')), `${method} ${address}: ${status}`);
    }
  }
  assert.deepEqual(Object.keys(paths[liveRoute] ?? {}), ['get'], 'it is no answer but a connection, which live.test.ts opens');
});

/** That an answer has the status and the headers of its route, and says nothing in tus's words that is not named. */
function holds(name: keyof typeof rawRoutes, status: number, answer: Pick<JsonAnswer, 'status' | 'headers'>): void {
  const route: RawRoute = rawRoutes[name];
  assert.equal(answer.status, status, name);
  const { headers = {} } = route.answers[status] ?? assert.fail(`${name} does not name ${status}`);
  const named = Object.keys(headers).map((header) => header.toLowerCase());
  for (const header of named) if (!header.endsWith('?')) assert.ok(answer.headers.has(header), `${name} ${status} has no ${header}`);
  const own = [...answer.headers.keys()].filter((header) => /^(?:tus-|upload-|location$|etag$|content-range$|repr-digest$|earshot-received$)/.test(header));
  for (const header of own) assert.ok(named.includes(header) || named.includes(`${header}?`), `${name} ${status} does not name ${header}`);
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const bytes = noise(9_000);

async function begun(who: Caller, log: string, id: string): Promise<void> {
  holds('uploadsOptions', 204, await who.tus('OPTIONS', '/v1/uploads', {}));
  holds('uploadOptions', 204, await who.tus('OPTIONS', `/v1/uploads/${id}`, {}));
  holds('beginUpload', 412, await who.tus('POST', '/v1/uploads', { 'tus-resumable': '0.2.2' }));
  holds('beginUpload', 460, await who.tus('POST', '/v1/uploads', { 'upload-length': '5', 'upload-checksum': `sha256 ${encoded('x')}` }, noise(5)));
  holds('beginUpload', 201, await who.tus('POST', '/v1/uploads', { 'upload-defer-length': '1', 'upload-metadata': `id ${encoded(id)},log ${encoded(log)}` }));
  holds('uploadStands', 200, await who.tus('HEAD', `/v1/uploads/${id}`, {}));
  const patch = (headers: Record<string, string>, piece = bytes.subarray(0, 5_000)): Promise<JsonAnswer> => who.tus('PATCH', `/v1/uploads/${id}`, { 'upload-offset': '0', ...headers }, piece);
  holds('continueUpload', 415, await patch({ 'content-type': 'application/json' }, new TextEncoder().encode('{}')));
  holds('continueUpload', 460, await patch({ 'upload-checksum': `sha256 ${encoded('x')}` }));
  holds('continueUpload', 204, await patch({}));
  holds('continueUpload', 409, await patch({}));
}

test('[API1] uploads, blobs and the way answer with the statuses and headers that the document names', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const [id, other] = [newId(), newId()];
  await begun(alice, log, id);
  const blob = (method: string, headers: Record<string, string> = {}): Promise<JsonAnswer> => bob.call(method, `/v1/blobs/${id}`, undefined, headers);
  holds('blob', 206, await blob('GET'));
  holds('blob', 416, await blob('GET', { range: 'bytes=5000-' }));
  assert.equal((await alice.tus('PATCH', `/v1/uploads/${id}`, { 'upload-offset': '5000', 'upload-length': '9000' }, bytes.subarray(5_000))).status, 204);
  holds('uploadStands', 200, await alice.tus('HEAD', `/v1/uploads/${id}`, {}));
  assert.equal((await alice.post(alice.envelope(log, { blobs: [{ id, length: 9_000, sha256: hashOf(bytes) }] }))).status, 200);
  holds('uploadStands', 200, await alice.tus('HEAD', `/v1/uploads/${id}`, {}));
  for (const [name, method] of [['blob', 'GET'], ['blobStands', 'HEAD']] as const) {
    holds(name, 200, await blob(method));
    holds(name, 206, await blob(method, { range: 'bytes=5-9' }));
    holds(name, 304, await blob(method, { 'if-none-match': `"${hashOf(bytes)}"` }));
    holds(name, 416, await blob(method, { range: 'bytes=9000-' }));
  }
  const read = await blob('HEAD', { 'want-repr-digest': 'sha-256=1' });
  holds('blobStands', 200, read);
  assert.ok(read.headers.has('repr-digest'), 'she holds it');
  holds('giveBlobBack', 204, await bob.call('PUT', `/v1/blobs/${id}`, bytes, { 'content-type': 'application/octet-stream' }));
  await alice.upload(noise(5), other);
  holds('endUpload', 412, await alice.tus('DELETE', `/v1/uploads/${other}`, { 'tus-resumable': '0.2.2' }));
  holds('endUpload', 204, await alice.tus('DELETE', `/v1/uploads/${other}`, {}));
  holds('echo', 200, await call(world.base, null, 'POST', '/v1/echo?answer=5', noise(3), { 'content-type': 'application/octet-stream' }));
});
