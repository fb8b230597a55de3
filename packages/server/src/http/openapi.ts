import { routeSummaries } from '@earshot/protocol/route-summaries.ts';
import { failureAnswer } from '@earshot/protocol/addresses.ts';
import { routes, type Route, type RouteName } from '@earshot/protocol/routes.ts';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { FastifySchema } from 'fastify';
import type * as v from 'valibot';

/** What a schema says in JSON Schema; what that cannot say (a unicode pattern's flags) is checked all the same. */
function jsonSchema(schema: v.GenericSchema): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' });
  return rest;
}

const refusal = { description: 'A failure of the closed list', ...jsonSchema(failureAnswer) };

/** The route as the OpenAPI document shows it. Requests are checked with the schemas themselves, not with this. */
export function operationOf(name: RouteName): FastifySchema {
  const route: Route = routes[name];
  return {
    summary: routeSummaries[name],
    operationId: name,
    ...(route.session === 'required' ? { security: [{ bearer: [] }, { cookie: [] }] } : { security: [] }),
    ...(route.params ? { params: jsonSchema(route.params) } : {}),
    ...(route.query ? { querystring: jsonSchema(route.query) } : {}),
    ...(route.body && route.method !== 'GET' ? { body: jsonSchema(route.body) } : {}),
    response: { 200: { description: 'Done', ...jsonSchema(route.answer) }, '4xx': refusal, '5xx': refusal },
  };
}

export const openapi = {
  openapi: '3.1.0',
  info: { title: 'Earshot', version: '1', description: 'A self-hosted voice messenger: the wire contract of its server.', license: { name: 'AGPL-3.0-or-later' } },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, cookie: { type: 'apiKey', in: 'cookie', name: 'earshot_session' } },
  },
} as const;
