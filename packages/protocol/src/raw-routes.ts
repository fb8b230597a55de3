import { blobRoute, liveRoute, openapiRoute, pieceTypes, uploadRoutes } from './addresses.ts';
import { echoRoute } from './echo.ts';

/** What a header or a field of the query says, by its name. One whose name ends with `?` is not always there. */
export type Said = Readonly<Record<string, string>>;

export interface RawAnswer {
  readonly says: string;
  readonly headers?: Said;
  /** What its body is; without one where this is missing. */
  readonly body?: 'bytes' | 'json' | 'refusal';
}

/** A route whose request or answer is more than JSON. */
export interface RawRoute {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly path: string;
  readonly session: 'required' | 'none';
  readonly summary: string;
  /** What else whoever calls it has to know. */
  readonly more?: string;
  readonly query?: Said;
  readonly headers?: Said;
  /** Bytes, under one of the types. */
  readonly body?: { readonly types: readonly string[]; readonly needed: boolean };
  /** By status. Any refusal of the closed list may come beside them. */
  readonly answers: Readonly<Record<number, RawAnswer>>;
}

const spoken = { 'Tus-Resumable': '`1.0.0`' };
const checksum = { 'Upload-Checksum?': '`sha1 BASE64` or `sha256 BASE64`, of the bytes of this request: they are kept only if all of them are right' };
const stands = { ...spoken, 'Upload-Offset': 'how many bytes are stored', 'Upload-Expires?': 'when it is cleared unless it goes on; missing once it is closed' };
const otherVersion: RawAnswer = { says: 'another version of tus, as `request.version`', headers: { ...spoken, 'Tus-Version': '`1.0.0`' }, body: 'refusal' };
const wrongSum: RawAnswer = { says: 'the bytes are not those of the checksum, as `upload.checksum`', headers: spoken, body: 'refusal' };
const versions = { session: 'none', summary: 'What this server can do of tus', answers: {
  204: { says: 'what it can do', headers: { ...spoken, 'Tus-Version': '`1.0.0`', 'Tus-Extension': 'the extensions, with commas between them', 'Tus-Max-Size': 'bytes of the largest upload', 'Tus-Checksum-Algorithm': '`sha1,sha256`' } },
} } as const;

const ranges = { 'Range?': 'one range of bytes; several at once are answered with the whole', 'If-Range?': 'the ETag: the range counts only if it is still that one', 'If-None-Match?': 'the ETag' };
const etag = { ETag: 'the SHA-256 of the bytes, in hexadecimal and in quotation marks' };
const some = `${etag.ETag}; a blob that grows has none`;
const sized = { 'Accept-Ranges': '`bytes`', 'Content-Length': 'how many bytes that is' };
const whole = { says: 'all of a closed blob', headers: { ...etag, ...sized } };
const part = {
  says: 'the range; of a blob that grows what is there, also where no range was asked for',
  headers: { 'ETag?': some, ...sized, 'Content-Range': '`bytes FIRST-LAST/LENGTH`; of a blob that grows `bytes FIRST-LAST/*`, because nobody knows its length yet' },
};
const known: RawAnswer = { says: 'it is the one of `If-None-Match`', headers: etag };
const beyond = { says: 'nothing is there in this range, as `request.invalid`', headers: { 'ETag?': some, 'Content-Range': '`bytes */LENGTH`; of a blob that grows `bytes */*`' } };

/** Everything beside `routes`, for who reads the documentation: no program needs it. */
export const rawRoutes = {
  uploadsOptions: { method: 'OPTIONS', path: uploadRoutes.collection, ...versions },
  beginUpload: { method: 'POST', path: uploadRoutes.collection, session: 'required', summary: 'Begin an upload, with its first bytes or without',
    more: 'Of `Upload-Length` and `Upload-Defer-Length` there has to be exactly one. Begun again under the same id, it is answered with where the upload stands. An event that names the upload closes it, and until then nobody sees it but the members who may fetch it ahead.',
    headers: {
      ...spoken,
      'Upload-Length?': 'how many bytes it will have',
      'Upload-Defer-Length?': '`1`: its length is said later',
      'Upload-Metadata?': '`id BASE64` carries the id that the client made; without it the server makes one. `log BASE64`, after a comma, carries the id of the conversation that it is for: the other members’ devices may then fetch what has come of it, and are told over the open connection that it grows. Without that nobody can fetch it before it is closed',
      ...checksum,
    },
    body: { types: pieceTypes, needed: false },
    answers: { 201: { says: 'it has begun', headers: { Location: 'where it goes on', ...stands } }, 412: otherVersion, 460: wrongSum } },
  uploadOptions: { method: 'OPTIONS', path: uploadRoutes.one, ...versions },
  uploadStands: { method: 'HEAD', path: uploadRoutes.one, session: 'required', summary: 'Where an upload stands: from there it is resumed',
    headers: spoken,
    answers: { 200: { says: 'where it stands, with all that has arrived', headers: { ...stands, 'Upload-Length?': 'its length', 'Upload-Defer-Length?': '`1`: nobody said its length yet' } }, 412: otherVersion } },
  continueUpload: { method: 'PATCH', path: uploadRoutes.one, session: 'required', summary: 'The bytes that follow',
    more: 'At most `pieceBytes` at once. What has arrived before a cut is kept, unless a checksum was given.',
    headers: { ...spoken, 'Upload-Offset': 'from which byte on: the one at which it stands', 'Upload-Length?': 'its length, where that was deferred', ...checksum },
    body: { types: pieceTypes, needed: true },
    answers: {
      204: { says: 'they are on the server’s disk', headers: stands },
      409: { says: 'it stands elsewhere, as `upload.offset`, or is closed, as `upload.closed`', headers: { ...spoken, 'Upload-Offset?': 'where it stands' }, body: 'refusal' },
      412: otherVersion,
      415: { says: 'the content type is another one, as `request.invalid`', headers: spoken, body: 'refusal' },
      460: wrongSum,
    } },
  endUpload: { method: 'DELETE', path: uploadRoutes.one, session: 'required', summary: 'Give an upload up',
    headers: spoken,
    answers: { 204: { says: 'it is gone', headers: spoken }, 412: otherVersion } },

  blob: { method: 'GET', path: blobRoute, session: 'required', summary: 'The bytes of a blob, with ranges; of one that grows, what is there',
    more: 'A closed one is for its sender and for whoever may read an event that names it. One that grows is for the other members of the conversation that `Upload-Metadata` named, as long as its sender may speak there; it has no ETag.',
    headers: ranges,
    answers: { 200: { ...whole, body: 'bytes' }, 206: { ...part, body: 'bytes' }, 304: known, 416: { ...beyond, body: 'refusal' } } },
  blobStands: { method: 'HEAD', path: blobRoute, session: 'required', summary: 'The same without the bytes, and whether the server really has them',
    more: 'With `Want-Repr-Digest` a closed blob is read from the disk as a whole before the answer, but only for who holds a message with it: whoever may merely read it is answered without `Repr-Digest`, because others may take it away at any time.',
    headers: { ...ranges, 'Want-Repr-Digest?': '`sha-256=1`' },
    answers: { 200: { ...whole, headers: { ...whole.headers, 'Repr-Digest?': '`sha-256=:BASE64:`, the SHA-256 of what was read just now' } }, 206: part, 304: known, 416: beyond } },
  giveBlobBack: { method: 'PUT', path: blobRoute, session: 'required', summary: 'Give back the bytes of a blob that the server has lost',
    more: 'From anybody who may read an event that names it; they have to have the length and the hash that it says. What the server has is left as it is. Of each person one is taken at a time: another one meanwhile is `server.busy`.',
    body: { types: pieceTypes, needed: true },
    answers: { 204: { says: 'the server has them' } } },

  echo: { method: 'POST', path: echoRoute, session: 'none', summary: 'Measure the way: takes bytes, gives as many as were asked for, keeps nothing',
    more: 'At most `echoBytes` in each direction, and from one address `echoesPerAddress` times a minute. What comes back is the same every time.',
    query: { 'answer?': 'how many bytes the answer shall have; without it none' },
    body: { types: pieceTypes, needed: false },
    answers: { 200: { says: 'the bytes that were asked for', headers: { 'Earshot-Received': 'how many bytes arrived' }, body: 'bytes' } } },
  live: { method: 'GET', path: liveRoute, session: 'required', summary: 'The open connection: a WebSocket with frames of JSON',
    more: 'The server sends a `ServerFrame`, a device a `ClientFrame`. It only hastens: what it loses, `sync` brings. The server closes it with 4401 when the session ended and with 4429 when there are too many connections. Who reads too slowly is cut off without a code.',
    headers: { Connection: '`Upgrade`', Upgrade: '`websocket`', 'Sec-WebSocket-Version': '`13`', 'Sec-WebSocket-Key': 'as RFC 6455 has it' },
    answers: { 101: { says: 'it is open; the first frame is `hello`', headers: { 'Sec-WebSocket-Accept': 'as RFC 6455 has it' } } } },
  openapi: { method: 'GET', path: openapiRoute, session: 'none', summary: 'All this as an OpenAPI 3.1 document',
    answers: { 200: { says: 'the document', body: 'json' } } },
} as const satisfies Record<string, RawRoute>;
