import { failures } from '@earshot/protocol/failure-entries.ts';
import { loggedEvent } from '@earshot/protocol/envelope.ts';
import { chainChange } from '@earshot/protocol/keys.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { clientFrame, serverFrame } from '@earshot/protocol/live.ts';
import { rawRoutes, type RawRoute, type Said } from '@earshot/protocol/raw-routes.ts';
import { routeSummaries } from '@earshot/protocol/route-summaries.ts';
import { routes, type Route, type RouteName } from '@earshot/protocol/routes.ts';
import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { conversion } from './openapi.ts';

type Schema = {
  readonly type?: string; readonly properties?: Record<string, object>; readonly items?: object; readonly required?: readonly string[]; readonly enum?: readonly unknown[];
  readonly anyOf?: readonly object[]; readonly oneOf?: readonly object[]; readonly const?: unknown; readonly $ref?: string;
};

/** What stands in several places is written once. */
const shapes = { ChainChange: chainChange, LoggedEvent: loggedEvent, ServerFrame: serverFrame, ClientFrame: clientFrame };

/** docs/http-api.md: the same facts as the OpenAPI document, for people. */
export function httpApiText(): string {
  const parts = [
    '# The HTTP API', '',
    'Written from the schemas of `packages/protocol` by `node packages/server/src/http/write-docs.node.ts`; do not edit. For programs the routes are an OpenAPI 3.1 document: [openapi.json](openapi.json), and `GET /v1/openapi.json` of a running server.', '',
    'Bodies and answers are JSON, except where it is said. Every id is made by the client (128 random bits, 26 characters of Crockford base32), so every command can be repeated. Only the ids of conversations follow from something else, by the first 128 bits of a SHA-256: of `earshot direct ` with the ids of both people in order and a space between them; of a new group `earshot group ` with the id of the event that makes it.', '',
    'Programs send `Authorization: Bearer TOKEN`, with the `token` that the answer gave when they joined or signed in. Who joins or signs in with an `Origin` header or with `earshot-client: browser` is a browser: it gets the cookie `earshot_session`, which no script can read, and `token` is null. A request with an `Origin` that is not the server’s own changes nothing: it is refused with `request.origin`.', '',
    'Every answer has the header `earshot-protocol`: what comes without it was answered by somebody on the way. Where only GET and POST pass, a POST with `X-HTTP-Method-Override` stands for PATCH, PUT, DELETE or HEAD.', '',
    '## Calls', '',
    ...(Object.keys(routes) as RouteName[]).flatMap(routeText),
    '## Uploads, blobs and the open connection', '',
    'Uploads speak tus 1.0 with creation, creation-defer-length, creation-with-upload, checksum (sha1, sha256), termination and expiration. Beside the answers that are named, every refusal of the list below may come. A header with a question mark is not always there.', '',
    ...Object.values<RawRoute>(rawRoutes).flatMap(rawText),
    '## Shapes', '',
    ...Object.entries(toJsonSchemaDefs(shapes, conversion)).flatMap(([name, schema]) => [`### ${name}`, '', '```', described(schema as Schema, ''), '```', '']),
    '## Failures', '',
    'Every refusal is `{"error": {"code", "cause", "next", "owner", "evidence"}}` with one of these codes. `limit.tries` and `server.busy` say in `Retry-After` after how many seconds it is worth another try.', '',
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
  return [...headed(route, routeSummaries[name]), ...fence('Query', route.query), ...fence('Takes', route.body), ...fence('Answers', route.answer)];
}

function rawText(route: RawRoute): string[] {
  const list = (title: string, said: Said | undefined): string[] => (said ? [`${title}:`, '', ...lines(said, ''), ''] : []);
  const types = route.body?.types.map((type) => `\`${type}\``).join(' or ') ?? '';
  return [
    ...headed(route, route.summary),
    ...(route.more === undefined ? [] : [route.more, '']),
    ...list('Query', route.query), ...list('Headers', route.headers),
    ...(route.body ? [`Takes bytes${route.body.needed ? '' : ', or none'}: ${types}.`, ''] : []),
    'Answers:', '',
    ...Object.entries(route.answers).flatMap(([status, { says, headers = {} }]) => [`- ${status}: ${says}`, ...lines(headers, '  ')]), '',
  ];
}

function headed({ method, path, session }: Route | RawRoute, summary: string): string[] {
  return [`### ${method} ${path}`, '', `${summary}.${session === 'none' ? ' Needs no session.' : ''}`, ''];
}

function lines(said: Said, indent: string): string[] {
  return Object.entries(said).map(([name, says]) => `${indent}- \`${name}\`: ${says}`);
}

function shape(schema: v.GenericSchema): string {
  return described(toJsonSchema(schema, { ...conversion, definitions: shapes }) as Schema, '');
}

function described(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/$defs/', '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map((one) => described(one, indent)).join(' | ');
  if (schema.type === 'array') return `[${described(schema.items ?? {}, indent)}]`;
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return schema.type === 'object' ? '{}' : (schema.type ?? 'any');
  const inner = `${indent}  `;
  return `{\n${fields.map(([name, field]) => `${inner}${name}${schema.required?.includes(name) === true ? '' : '?'}: ${described(field, inner)}`).join('\n')}\n${indent}}`;
}
