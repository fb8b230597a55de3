import { concat } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
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
  const giving = new Set<Id>();
  app.put(blobRoute, (request, reply) => take(context, giving, request, reply));
}

/** They are held whole in memory until their hash is known: only what may be given back is read at all, and of each person one at a time. */
async function take({ ports }: Context, giving: Set<Id>, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { person } = await authenticate(ports, tokenOf(request));
  const { id } = request.params as { readonly id: string };
  const named = v.is(idSchema, id) ? await ports.store.uploads.named(person, id, ports.clock.now()) : null;
  if (named === null) throw new Failure('not-found', {});
  const said = request.headers['content-length'];
  if (said !== undefined && Number(said) !== named.length) throw new Failure('blob.mismatch', { blob: id });
  if (giving.has(person)) throw new Failure('server.busy', { blob: id });
  giving.add(person);
  try {
    await giveBack(ports, person, id, await whole(request, named));
  } finally {
    giving.delete(person);
  }
  return reply.code(204).send();
}

async function whole(request: FastifyRequest, { id, length }: BlobRef): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > length) throw new Failure('blob.mismatch', { blob: id });
    chunks.push(chunk);
  }
  return concat(chunks);
}
