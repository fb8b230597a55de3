import { createHash, timingSafeEqual } from 'node:crypto';
import { makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { pieceTypes, uploadRoutes } from '@earshot/protocol/addresses.ts';
import { id as idSchema } from '@earshot/protocol/wire.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { authenticate } from '../sessions/sessions.ts';
import type { Piece, UploadView } from '../uploads/uploads.ts';
import type { Context } from './context.ts';
import { tokenOf } from './requests.ts';

const TUS = '1.0.0';
const EXTENSIONS = 'creation,creation-defer-length,creation-with-upload,checksum,termination,expiration';

/** tus 1.0. The blob grows by PATCH; an event that names it closes it. */
export function registerUploadRoutes(app: FastifyInstance, context: Context): void {
  for (const url of [uploadRoutes.collection, uploadRoutes.one])
    app.options(url, (_, reply) =>
      reply.code(204).headers({ 'tus-resumable': TUS, 'tus-version': TUS, 'tus-extension': EXTENSIONS, 'tus-max-size': context.ports.limits.blobBytes, 'tus-checksum-algorithm': 'sha1,sha256' }).send(),
    );
  app.post(uploadRoutes.collection, (request, reply) => create(context, request, reply));
  app.head(uploadRoutes.one, (request, reply) => head(context, request, reply));
  app.patch(uploadRoutes.one, (request, reply) => append(context, request, reply));
  app.delete(uploadRoutes.one, async (request, reply) => {
    const { person } = await begin(context, request, reply);
    await context.uploads.terminate(person, idOf(request));
    return reply.code(204).send();
  });
}

async function begin({ ports }: Context, request: FastifyRequest, reply: FastifyReply): Promise<{ readonly person: string }> {
  reply.header('tus-resumable', TUS);
  const session = await authenticate(ports, tokenOf(request));
  if (request.headers['tus-resumable'] === TUS) return session;
  reply.header('tus-version', TUS);
  reply.code(412);
  throw new Failure('request.version', { known: TUS });
}

async function create(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { person } = await begin(context, request, reply);
  const length = countOf(request, 'upload-length');
  const deferred = request.headers['upload-defer-length'];
  if ((length === null) !== (deferred === '1') || (deferred !== undefined && deferred !== '1')) throw new Failure('request.invalid', { field: 'Upload-Length' });
  const id = metadataId(request, 'id') ?? makeId(context.ports.random);
  const piece = request.headers['content-type'] === undefined ? null : pieceOf(request);
  const view = await context.uploads.create(person, id, length, piece, metadataId(request, 'log'));
  return answer(reply.code(201).header('location', `${uploadRoutes.collection}/${id}`), view);
}

async function head(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { person } = await begin(context, request, reply);
  const view = await context.uploads.view(person, idOf(request));
  if (view.length === null) reply.header('upload-defer-length', '1');
  else reply.header('upload-length', view.length);
  return answer(reply.code(200), view);
}

async function append(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { person } = await begin(context, request, reply);
  if (!pieceTypes.includes(request.headers['content-type'] ?? '')) {
    reply.code(415);
    throw new Failure('request.invalid', { reason: 'content-type' });
  }
  const offset = countOf(request, 'upload-offset');
  if (offset === null) throw new Failure('request.invalid', { field: 'Upload-Offset' });
  const view = await context.uploads.append(person, idOf(request), offset, countOf(request, 'upload-length'), pieceOf(request));
  return answer(reply.code(204), view);
}

function answer(reply: FastifyReply, view: UploadView): FastifyReply {
  reply.header('upload-offset', view.offset).header('cache-control', 'no-store');
  if (view.expires !== null) reply.header('upload-expires', new Date(view.expires).toUTCString());
  return reply.send();
}

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { readonly id: string };
  if (!v.is(idSchema, id)) throw new Failure('not-found', {});
  return id;
}

function countOf(request: FastifyRequest, header: 'upload-length' | 'upload-offset' | 'content-length'): number | null {
  const value = request.headers[header];
  if (value === undefined) return null;
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) throw new Failure('request.invalid', { field: header });
  return Number(value);
}

/** `id`: the client makes it, so that it can ask for an upload whose answer was lost. `log`: the conversation that it is for. */
function metadataId(request: FastifyRequest, name: 'id' | 'log'): string | null {
  const metadata = request.headers['upload-metadata'];
  if (metadata === undefined || metadata === '') return null;
  const pair = String(metadata).split(',').map((text) => text.trim().split(' ')).find(([key]) => key === name);
  if (!pair) return null;
  const id = Buffer.from(pair[1] ?? '', 'base64').toString('utf8');
  if (!v.is(idSchema, id)) throw new Failure('request.invalid', { field: `Upload-Metadata ${name}` });
  return id;
}

function pieceOf(request: FastifyRequest): Piece {
  // Leaving the loop early must not tear the connection down: the answer still has to go through it.
  return { chunks: request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>, size: countOf(request, 'content-length'), checksum: checksumOf(request) };
}

function checksumOf(request: FastifyRequest): Piece['checksum'] {
  const header = request.headers['upload-checksum'];
  if (header === undefined) return null;
  const [algorithm = '', sum = ''] = String(header).split(' ');
  if (algorithm !== 'sha1' && algorithm !== 'sha256') throw new Failure('request.invalid', { field: 'Upload-Checksum' });
  const expected = Buffer.from(sum, 'base64');
  return {
    matches: (bytes) => {
      const seen = createHash(algorithm).update(bytes).digest();
      return seen.length === expected.length && timingSafeEqual(seen, expected);
    },
  };
}
