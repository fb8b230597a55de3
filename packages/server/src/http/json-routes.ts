import { routes, type Route, type RouteName } from '@earshot/protocol/routes.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from '../ports.ts';
import { authenticate } from '../sessions/sessions.ts';
import { checked } from './checking.ts';
import { type Call, type Context, type Handler, Json } from './context.ts';
import { handlers } from './handlers.ts';
import { addressOf, cookieOf, isBrowser, tokenOf } from './requests.ts';

/** Registers every route of the contract: who may, what is understood, who answers. */
export function registerJsonRoutes(app: FastifyInstance, context: Context): void {
  for (const name of Object.keys(routes) as RouteName[]) register(app, context, name);
}

function register(app: FastifyInstance, context: Context, name: RouteName): void {
  const route: Route = routes[name];
  // Which call goes with which handler is the table's business: here both are of the same name.
  const handler = handlers[name] as Handler<RouteName>;
  app.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const session = route.session === 'required' ? await authenticate(context.ports, tokenOf(request)) : null;
      const call = {
        get session(): Session {
          if (!session) throw new Error(`assertion: ${name} has no session`);
          return session;
        },
        // What an id in a path cannot be names nothing: the same answer as for one that does not exist.
        params: route.params && checked(route.params, request.params),
        query: route.query && checked(route.query, request.query),
        body: route.body && checked(route.body, request.body ?? {}),
        address: addressOf(request),
        grant: (answer: { readonly token: string }) => grant(context, request, reply, answer),
        clearCookie: () => void reply.clearCookie(...cookieOf(context.site)),
      } as unknown as Call<RouteName>;
      const answer = await handler(context, call);
      reply.type('application/json; charset=utf-8');
      return reply.send(answer instanceof Json ? answer.text : JSON.stringify(answer));
    },
  });
}

function grant<T extends { readonly token: string }>(context: Context, request: FastifyRequest, reply: FastifyReply, answer: T): T | (Omit<T, 'token'> & { token: null }) {
  if (!isBrowser(request)) return answer;
  const [cookie, options] = cookieOf(context.site);
  reply.setCookie(cookie, answer.token, options);
  return { ...answer, token: null };
}
