import { fastifyCookie } from '@fastify/cookie';
import { Failure } from '@earshot/protocol/failures.ts';
import { openapiRoute, pieceTypes } from '@earshot/protocol/addresses.ts';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Ports } from '../ports.ts';
import { registerBlobRoute } from './blob-route.node.ts';
import type { Context } from './context.ts';
import { registerGiveBackRoute } from './give-back-route.node.ts';
import { apiHeaders, refusalOf } from './failure-answer.ts';
import { registerEchoRoute } from './echo-route.node.ts';
import { registerJsonRoutes } from './json-routes.ts';
import { openapiDocument } from './openapi.ts';
import { registerStatusPage } from './status-page.node.ts';
import { registerUploadRoutes } from './upload-routes.node.ts';
import { asksForSocket } from './upgrades.node.ts';
import { registerWeb, wantsPage } from './web.node.ts';

/** A connection on which nothing moves for so long is closed; what an upload brought until then is kept. */
const IDLE = 120_000;
/** A slow link may take this long for one request: 1 MiB at 14 kbit/s. */
const REQUEST = 600_000;
const HEADERS = 15_000;
const KEEP_ALIVE = 75_000;
const PATH_LENGTH = 2_048;

export interface AppOptions {
  readonly webDir?: string | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
}

export async function makeApp(context: Context, options: AppOptions): Promise<FastifyInstance> {
  const { ports } = context;
  const app = fastify({
    logger: false,
    bodyLimit: ports.limits.requestBytes,
    connectionTimeout: IDLE, requestTimeout: REQUEST, keepAliveTimeout: KEEP_ALIVE,
    http: { headersTimeout: HEADERS, shouldUpgradeCallback: asksForSocket },
    routerOptions: { maxParamLength: PATH_LENGTH },
    trustProxy: options.trustedProxies && options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    forceCloseConnections: 'idle',
    // Where a proxy lets nothing but GET and POST through; tus asks for it.
    rewriteUrl: (request) => {
      const method = request.headers['x-http-method-override'];
      if (request.method === 'POST' && typeof method === 'string' && request.url?.startsWith('/v1/') && /^(?:PATCH|PUT|DELETE|HEAD)$/.test(method)) Object.assign(request, { method });
      return request.url ?? '/';
    },
    frameworkErrors: (error, _, reply) => void refuse(ports, reply, error),
  });
  parseBodies(app);
  guard(app, context);
  await app.register(fastifyCookie);
  registerJsonRoutes(app, context);
  registerUploadRoutes(app, context);
  registerBlobRoute(app, context);
  registerGiveBackRoute(app, context);
  registerEchoRoute(app, context);
  registerStatusPage(app, context);
  let document: object | undefined;
  app.get(openapiRoute, (_, reply) => reply.send((document ??= openapiDocument())));
  if (options.webDir !== undefined) await registerWeb(app, options.webDir, () => context.site);
  app.setNotFoundHandler((request, reply) => {
    if (options.webDir !== undefined && wantsPage(request)) return reply.sendFile('index.html');
    return refuse(ports, reply, new Failure('request.unknown', {}));
  });
  return app;
}

function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, text, done) => {
    if (text === '') return done(null, undefined);
    try {
      done(null, JSON.parse(String(text)));
    } catch (error) {
      done(new Failure('request.invalid', { reason: 'json' }, { cause: error }));
    }
  });
  // The bytes of an upload are read by its route, as they come.
  app.addContentTypeParser(pieceTypes, (_, payload, done) => done(null, payload));
}

function guard(app: FastifyInstance, context: Context): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(apiHeaders);
    const { origin } = request.headers;
    const reads = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
    if (!reads && origin !== undefined && !context.site.accepts(origin)) return done(new Failure('request.origin', { origin: context.site.origin, seen: origin.slice(0, 200) }));
    done();
  });
  app.setErrorHandler((error, request, reply) => refuse(context.ports, reply, isTooLarge(error) ? tooLarge(context, request) : error));
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
}

function tooLarge({ ports }: Context, request: FastifyRequest): Failure {
  const length = request.headers['content-length'];
  return new Failure('limit.reached', { limit: 'requestBytes', allowed: ports.limits.requestBytes, seen: length === undefined ? null : Number(length) });
}

function refuse(ports: Ports, reply: FastifyReply, error: unknown): FastifyReply {
  const { status, headers, body } = refusalOf(ports, error);
  // A route may know a finer status than the code's own (tus asks for 412 and 415, ranges for 416).
  return reply.code(reply.statusCode >= 400 && reply.statusCode !== 500 ? reply.statusCode : status).removeHeader('content-length').headers(headers).send(body);
}
