import { concat } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { blobRoute } from '@earshot/protocol/addresses.ts';
import { id as idSchema } from '@earshot/protocol/wire.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { giveBack } from '../blobs/give-back.ts';
import { authenticate } from '../sessions/sessions.ts';
import type { Context } from './context.ts';
import { tokenOf } from './requests.ts';

export function registerGiveBackRoute(app: FastifyInstance, context: Context): void {
  app.put(blobRoute, { schema: { summary: 'Give back the bytes of a blob that the server has lost', security: [{ bearer: [] }, { cookie: [] }] } }, (request, reply) => take(context, request, reply));
}

async function take({ ports }: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { person } = await authenticate(ports, tokenOf(request));
  const { id } = request.params as { readonly id: string };
  if (!v.is(idSchema, id)) throw new Failure('not-found', {});
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > ports.limits.blobBytes) throw new Failure('limit.reached', { limit: 'blobBytes', allowed: ports.limits.blobBytes, seen: size });
    chunks.push(chunk);
  }
  await giveBack(ports, person, id, concat(chunks));
  return reply.code(204).send();
}
