import { failures } from '@earshot/protocol/failure-entries.ts';
import { echoHeader, echoRoute } from '@earshot/protocol/echo.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { routeSummaries } from '@earshot/protocol/route-summaries.ts';
import { blobRoute, liveRoute, uploadRoutes } from '@earshot/protocol/addresses.ts';
import { routes, type Route, type RouteName } from '@earshot/protocol/routes.ts';
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

type Schema = { readonly type?: string; readonly properties?: Record<string, object>; readonly items?: object; readonly required?: readonly string[]; readonly enum?: readonly unknown[]; readonly anyOf?: readonly object[]; readonly const?: unknown };

/** docs/http-api.md: the same facts as the OpenAPI document, for people. */
export function httpApiText(): string {
  const parts = [
    '# The HTTP API', '',
    'Written from the schemas of `packages/protocol` by `node packages/server/src/http/write-docs.node.ts`; do not edit. The same as OpenAPI 3.1: [openapi.json](openapi.json), and `GET /v1/openapi.json` of a running server.', '',
    'Programs send `Authorization: Bearer TOKEN`; browsers have a cookie. Bodies and answers are JSON. Every id is made by the client (128 random bits, 26 characters of Crockford base32), so every command can be repeated. Only the ids of conversations follow from something else, by the first 128 bits of a SHA-256: of `earshot direct ` with the ids of both people in order and a space between them; of a new group `earshot group ` with the id of the event that makes it.', '',
    ...(Object.keys(routes) as RouteName[]).flatMap(routeText),
    '## Uploads, blobs and the open connection', '',
    `- \`${uploadRoutes.collection}\` (POST, OPTIONS), \`${uploadRoutes.one}\` (HEAD, PATCH, DELETE, OPTIONS): tus 1.0 with creation, creation-defer-length, creation-with-upload, checksum (sha1, sha256), termination and expiration. \`Upload-Metadata: id BASE64\` carries the client's id. An event that names the upload closes it.`,
    `- \`GET ${blobRoute}\`: the bytes of a closed blob, with ranges; the ETag is their SHA-256. A HEAD with \`Want-Repr-Digest: sha-256=1\` is answered after all of them were read: \`Repr-Digest\` is the SHA-256 of what was read.`,
    `- \`PUT ${blobRoute}\`: all bytes of a blob that the server has lost, as \`application/octet-stream\`, from anybody who may read it; they have to have the length and the hash that its event names. What the server has is left as it is. Of each person one is taken at a time: another one meanwhile is \`server.busy\`.`,
    `- \`POST ${echoRoute}\`: takes up to \`echoBytes\` bytes, says in \`${echoHeader}\` how many arrived, and answers with as many known ones as \`?answer=\` asks for. It keeps nothing and needs no session: for measuring the way.`,
    `- \`${liveRoute}\`: a WebSocket. The server sends \`hello\`, \`event\`, \`cursor\`, \`changed\`, \`pong\`; a device sends \`cursor\` and \`ping\`. It only hastens: what it loses, \`sync\` brings. Close codes: 4401 the session ended, 4429 too many connections. Who reads too slowly is cut off without one.`, '',
    '## Failures', '',
    'Every refusal is `{"error": {"code", "cause", "next", "owner", "evidence"}}` with one of these codes.', '',
    '| code | status | cause | next |', '|---|---|---|---|',
    ...Object.entries(failures).filter(([, entry]) => entry.status > 0).map(([code, entry]) => `| \`${code}\` | ${entry.status} | ${entry.cause} | ${entry.next} |`), '',
    '## Limits', '',
    'Bytes and milliseconds, unless the name says otherwise. `GET /v1/server` tells those of a server.', '',
    '| limit | value |', '|---|---|', ...Object.entries(limits).map(([name, value]) => `| \`${name}\` | ${value.toLocaleString('en')} |`), '',
  ];
  return parts.join('\n');
}

function routeText(name: RouteName): string[] {
  const route: Route = routes[name];
  const fence = (title: string, schema: v.GenericSchema | undefined): string[] => (schema ? [`${title}:`, '', '```', shape(schema), '```', ''] : []);
  return [`## ${route.method} ${route.path}`, '', `${routeSummaries[name]}.${route.session === 'none' ? ' Needs no session.' : ''}`, '', ...fence('Query', route.query), ...fence('Takes', route.body), ...fence('Answers', route.answer)];
}

function shape(schema: v.GenericSchema): string {
  return described(toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' }) as Schema, '');
}

function described(schema: Schema, indent: string): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((one) => described(one, indent)).join(' | ');
  if (schema.type === 'array') return `[${described(schema.items ?? {}, indent)}]`;
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return schema.type === 'object' ? '{}' : (schema.type ?? 'any');
  const inner = `${indent}  `;
  return `{\n${fields.map(([name, field]) => `${inner}${name}${schema.required?.includes(name) === true ? '' : '?'}: ${described(field, inner)}`).join('\n')}\n${indent}}`;
}
