import { Readable } from 'node:stream';
import { Failure } from '@earshot/protocol/failures.ts';
import { blobRoute } from '@earshot/protocol/routes.ts';
import { id as idSchema } from '@earshot/protocol/wire.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { Blobs } from '../blobs/blobs.ts';
import { authenticate } from '../sessions/sessions.ts';
import type { Context } from './context.ts';
import { rangeOf } from './range.ts';
import { tokenOf } from './requests.ts';

/** Larger answers are read while they are sent. */
const READ_BYTES = 262_144;

/** Stored bytes mean nothing to a browser: never shown, never run, only handed to those who asked. */
const headers = {
  'content-type': 'application/octet-stream',
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, max-age=31536000, immutable',
  'accept-ranges': 'bytes',
};

export function registerBlobRoute(app: FastifyInstance, context: Context): void {
  app.get(blobRoute, { schema: { summary: 'The bytes of a closed blob, with ranges', security: [{ bearer: [] }, { cookie: [] }] } }, (request, reply) => send(context, request, reply));
}

async function send({ ports }: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { person } = await authenticate(ports, tokenOf(request));
  const { id } = request.params as { readonly id: string };
  const blob = v.is(idSchema, id) ? await ports.store.uploads.readable(person, id) : null;
  if (!blob) throw new Failure('not-found', {});
  const tag = `"${blob.sha256}"`;
  reply.headers(headers).header('etag', tag);
  if (matches(request.headers['if-none-match'], tag)) return reply.code(304).send();
  const whole = { start: 0, end: blob.length };
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === tag ? rangeOf(request.headers.range, blob.length) : null;
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${blob.length}`).code(416);
    throw new Failure('request.invalid', { field: 'Range', length: blob.length });
  }
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end - 1}/${blob.length}`);
  const { start, end } = range ?? whole;
  reply.header('content-length', end - start);
  if (request.method === 'HEAD') return reply.send();
  if (end - start <= READ_BYTES) return reply.send(await ports.blobs.read(id, start, end));
  return reply.send(Readable.from(pieces(ports.blobs, id, start, end)));
}

async function* pieces(blobs: Blobs, id: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += READ_BYTES) yield await blobs.read(id, at, Math.min(end, at + READ_BYTES));
}

function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => part.trim().replace(/^W\//, '') === tag || part.trim() === '*');
}
