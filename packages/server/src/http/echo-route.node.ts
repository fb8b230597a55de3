import { Failure } from '@earshot/protocol/failures.ts';
import { echoAnswer, echoHeader, echoRoute } from '@earshot/protocol/echo.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './context.ts';
import { addressOf } from './requests.ts';

/** Takes bytes and gives bytes, so that a device can measure its way and see what a filter stops on it. Nothing is kept. */
export function registerEchoRoute(app: FastifyInstance, context: Context): void {
  app.post(echoRoute, (request, reply) => echo(context, request, reply));
}

async function echo({ ports, echoes }: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  echoes.take(addressOf(request));
  const { answer = '0' } = request.query as { readonly answer?: unknown };
  const bytes = typeof answer === 'string' && /^\d{1,9}$/.test(answer) ? Number(answer) : null;
  if (bytes === null) throw new Failure('request.invalid', { field: 'answer' });
  const allowed = ports.limits.echoBytes;
  const tooMany = (seen: number): Failure => new Failure('limit.reached', { limit: 'echoBytes', allowed, seen });
  if (bytes > allowed) throw tooMany(bytes);
  let taken = 0;
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    taken += chunk.length;
    if (taken > allowed) throw tooMany(taken);
  }
  return reply.headers({ 'content-type': 'application/octet-stream', 'content-disposition': 'attachment', [echoHeader]: String(taken) }).send(Buffer.from(echoAnswer(bytes)));
}
