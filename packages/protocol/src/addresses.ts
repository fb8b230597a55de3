import * as v from 'valibot';

/** What a client has to know of a server beside the table of routes; what is said there is in `raw-routes.ts`. */

/**
 * An upload may name its conversation in `Upload-Metadata` (`log`, beside `id`): its members' devices may then fetch what has come of it
 * already, which they can open once the event is there.
 *
 * tus 1.0 with creation, creation-defer-length, creation-with-upload, checksum (sha1, sha256), termination and expiration.
 */
export const uploadRoutes = { collection: '/v1/uploads', one: '/v1/uploads/:id' } as const;
/** What tus says, and what passes where a filter does not know that. */
export const pieceTypes = ['application/offset+octet-stream', 'application/octet-stream'];
/** GET with ranges; ETag is the SHA-256 of the stored bytes. A blob that grows has none yet, and answers with what is there. PUT gives back what the server lost: bytes of the length and hash that an event names, from somebody who may read it. */
export const blobRoute = '/v1/blobs/:id';
/** RFC 9530. With the first, a HEAD of a blob is answered after all of it was read, to who holds a message with it: the second is the SHA-256 of what was read. */
export const digestHeaders = { want: 'want-repr-digest', told: 'repr-digest' } as const;
export const liveRoute = '/v1/live';
export const openapiRoute = '/v1/openapi.json';

/** On every answer of a server, with the version of its protocol: what does not have it was answered by somebody on the way. */
export const markHeader = 'earshot-protocol';

/** Every refusal has this shape, with the status of its code. */
export const failureAnswer = v.object({
  error: v.object({
    code: v.string(),
    cause: v.string(),
    next: v.string(),
    owner: v.string(),
    evidence: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])),
  }),
});
export type FailureAnswer = v.InferOutput<typeof failureAnswer>;
