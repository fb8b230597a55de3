import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Failure } from '@earshot/protocol/failures.ts';
import { blobRoute, digestHeaders } from '@earshot/protocol/addresses.ts';
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
  'accept-ranges': 'bytes',
};

export function registerBlobRoute(app: FastifyInstance, context: Context): void {
  app.get(blobRoute, (request, reply) => send(context, request, reply));
}

async function send({ ports }: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { person } = await authenticate(ports, tokenOf(request));
  const { id } = request.params as { readonly id: string };
  const blob = v.is(idSchema, id) ? await ports.store.uploads.readable(person, id, ports.clock.now()) : null;
  if (!blob) throw new Failure('not-found', {});
  reply.headers(headers);
  if (blob.sha256 === null) return sendGrowing(ports.blobs, id, blob.length, request, reply);
  const tag = `"${blob.sha256}"`;
  reply.header('etag', tag).header('cache-control', 'private, max-age=31536000, immutable');
  // Who means to let go of a copy is told only of what stays for her sake: others may take the rest away at any time.
  if (request.method === 'HEAD' && request.headers[digestHeaders.want] !== undefined && (await ports.store.keeping.holds(person, id, ports.clock.now()))) reply.header(digestHeaders.told, `sha-256=:${await sumOf(ports.blobs, id, blob.length)}:`);
  if (matches(request.headers['if-none-match'], tag)) return reply.code(304).send();
  const whole = { start: 0, end: blob.length };
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === tag ? rangeOf(request.headers.range, blob.length) : null;
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${blob.length}`).code(416);
    throw new Failure('request.invalid', { field: 'Range', length: blob.length });
  }
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end - 1}/${blob.length}`);
  return sendBytes(ports.blobs, id, range ?? whole, request, reply);
}

/** What there is of a blob that grows: of its length in the end nothing is said, because nobody knows it. */
function sendGrowing(blobs: Blobs, id: string, length: number, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const range = request.headers.range === undefined ? { start: 0, end: length } : rangeOf(request.headers.range, length);
  if (range === 'unsatisfiable' || range === null || range.end === range.start) {
    reply.header('content-range', 'bytes */*').code(416);
    throw new Failure('request.invalid', { field: 'Range', length });
  }
  reply.code(206).header('content-range', `bytes ${range.start}-${range.end - 1}/*`);
  return sendBytes(blobs, id, range, request, reply);
}

async function sendBytes(blobs: Blobs, id: string, { start, end }: { readonly start: number; readonly end: number }, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.header('content-length', end - start);
  if (request.method === 'HEAD') return reply.send();
  if (end - start <= READ_BYTES) return reply.send(await blobs.read(id, start, end));
  return reply.send(Readable.from(pieces(blobs, id, start, end)));
}

async function* pieces(blobs: Blobs, id: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += READ_BYTES) yield await blobs.read(id, at, Math.min(end, at + READ_BYTES));
}

/** Of the bytes that are there now, in base64: who asks means to let go of a copy, and what is written down about them proves nothing. */
async function sumOf(blobs: Blobs, id: string, length: number): Promise<string> {
  const sum = createHash('sha256');
  for await (const piece of pieces(blobs, id, 0, length)) sum.update(piece);
  return sum.digest('base64');
}

function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => part.trim().replace(/^W\//, '') === tag || part.trim() === '*');
}
