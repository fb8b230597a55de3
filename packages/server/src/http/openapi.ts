import { failureAnswer } from '@earshot/protocol/addresses.ts';
import { clientFrame, serverFrame } from '@earshot/protocol/live.ts';
import { rawRoutes, type RawAnswer, type RawRoute, type Said } from '@earshot/protocol/raw-routes.ts';
import { routeSummaries } from '@earshot/protocol/route-summaries.ts';
import { routes, type Route, type RouteName } from '@earshot/protocol/routes.ts';
import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';

/** What JSON Schema cannot say (a unicode pattern's flags) is checked all the same. */
export const conversion = { errorMode: 'ignore', typeMode: 'input' } as const;
const refusals = { '4XX': { $ref: '#/components/responses/Refusal' }, '5XX': { $ref: '#/components/responses/Refusal' } };
const secured = { required: [{ bearer: [] }, { cookie: [] }], none: [] } as const;

/** The contract as an OpenAPI document, for programs; docs/http-api.md has the same for people. Requests are checked with the schemas themselves, not with this. */
export function openapiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  const add = ({ method, path }: Route | RawRoute, operation: object): void => void ((paths[openapiPath(path)] ??= {})[method.toLowerCase()] = operation);
  for (const name of Object.keys(routes) as RouteName[]) add(routes[name], operationOf(name, routes[name]));
  for (const [name, route] of Object.entries<RawRoute>(rawRoutes)) add(route, rawOperationOf(name, route));
  return {
    openapi: '3.1.0',
    info: { title: 'Earshot', version: '1', description: 'A self-hosted voice messenger: the wire contract of its server.', license: { name: 'AGPL-3.0-or-later' } },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, cookie: { type: 'apiKey', in: 'cookie', name: 'earshot_session' } },
      schemas: toJsonSchemaDefs({ ServerFrame: serverFrame, ClientFrame: clientFrame }, conversion),
      responses: { Refusal: { description: 'A failure of the closed list', content: json(jsonSchema(failureAnswer)) } },
    },
    paths,
  };
}

/** `/v1/devices/:id` as OpenAPI writes it. */
export function openapiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function operationOf(name: RouteName, route: Route): object {
  return {
    operationId: name,
    summary: routeSummaries[name],
    parameters: [...parametersOf('path', route.params), ...parametersOf('query', route.query)],
    ...(route.body ? { requestBody: { required: true, content: json(jsonSchema(route.body)) } } : {}),
    security: secured[route.session],
    responses: { 200: { description: 'Done', content: json(jsonSchema(route.answer)) }, ...refusals },
  };
}

function rawOperationOf(name: string, route: RawRoute): object {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, field]) => ({ name: field, in: 'path', required: true, schema: { type: 'string' } }));
  const said = (place: 'query' | 'header', all: Said = {}): object[] => Object.entries(all).map(([key, says]) => ({ ...named(key), in: place, description: says, schema: { type: 'string' } }));
  return {
    operationId: name,
    summary: route.summary,
    ...(route.more === undefined ? {} : { description: route.more }),
    parameters: [...inPath, ...said('query', route.query), ...said('header', route.headers)],
    ...(route.body ? { requestBody: { required: route.body.needed, content: Object.fromEntries(route.body.types.map((type) => [type, {}])) } } : {}),
    security: secured[route.session],
    responses: { ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, responseOf(answer)])), ...refusals },
  };
}

const contents = { bytes: { 'application/octet-stream': {} }, json: { 'application/json': {} }, refusal: json(jsonSchema(failureAnswer)) };

function responseOf({ says, headers = {}, body }: RawAnswer): object {
  const told = Object.entries(headers).map(([key, text]) => {
    const { name, required } = named(key);
    return [name, { required, description: text, schema: { type: 'string' } }];
  });
  return { description: says, ...(told.length > 0 ? { headers: Object.fromEntries(told) as object } : {}), ...(body === undefined ? {} : { content: contents[body] }) };
}

function named(key: string): { readonly name: string; readonly required: boolean } {
  return { name: key.replace('?', ''), required: !key.endsWith('?') };
}

function parametersOf(place: 'path' | 'query', schema: v.GenericSchema | undefined): object[] {
  const { properties = {}, required = [] } = schema ? jsonSchema(schema) : {};
  return Object.entries(properties).map(([name, field]) => ({ name, in: place, required: required.includes(name), schema: field }));
}

function json(schema: object): object {
  return { 'application/json': { schema } };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

function jsonSchema(schema: v.GenericSchema): ObjectSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, conversion);
  return rest as ObjectSchema;
}
