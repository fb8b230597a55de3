import type { ServerRequest } from './server-host.ts';
import type { Trace } from './trace.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What the server was heard to acknowledge, wherever the answer arrived: from then on it has to be there. */
export class Acknowledged {
  readonly #trace: Trace;
  /** By event id. */
  readonly events = new Map<string, { readonly log: string; readonly seq: number }>();
  /** By blob id: bytes. */
  readonly offsets = new Map<string, number>();
  /** Blobs that somebody asked to end. */
  readonly ended = new Set<string>();
  /** What was there, and then was not. What of that is right shows at the end: with the last who leaves goes what only they held. */
  readonly gone: { readonly blob: string; readonly says: string }[] = [];
  /** The server's clock went on by a day: idle uploads are cleared, and may be. */
  cleared = false;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** To be called when a request leaves; with what comes back, as soon as that is with the device. */
  expecting(request: ServerRequest): (answer: Answer) => void {
    const blob = blobOf(request);
    const before = blob === null ? 0 : (this.offsets.get(blob) ?? 0);
    if (methodOf(request) === 'DELETE' && blob !== null) this.ended.add(blob);
    return (answer) => {
      if (blob !== null) this.#upload(blob, before, request, answer);
      else if (request.method === 'POST' && /^\/v1\/logs\/\w+\/events$/.test(request.path) && answer.status === 200) this.#event(request, answer);
    };
  }

  #event(request: ServerRequest, answer: Answer): void {
    const { envelope } = JSON.parse(text(request.body)) as { envelope: { id: string; log: string } };
    const { seq } = JSON.parse(text(answer.body)) as { seq: number };
    const known = this.events.get(envelope.id);
    if (known !== undefined && known.seq !== seq) this.#trace.violation(`event ${envelope.id} was acknowledged as ${known.seq}, now as ${seq}`);
    this.events.set(envelope.id, { log: envelope.log, seq });
  }

  #upload(blob: string, before: number, request: ServerRequest, { status, headers }: Answer): void {
    const offset = Number(headers['upload-offset'] ?? Number.NaN);
    if (status < 300 && !Number.isNaN(offset)) {
      if (offset < before) this.#trace.violation(`upload ${blob} stood at ${before}, now at ${offset}`);
      this.offsets.set(blob, Math.max(offset, this.offsets.get(blob) ?? 0));
    }
    const gone = status === 404 || (status === 410 && !this.cleared);
    if (gone && before > 0 && !this.ended.has(blob) && methodOf(request) !== 'DELETE') this.gone.push({ blob, says: `upload ${blob} stood at ${before}, then it answered ${status}` });
  }
}

function text(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}

/** What the server takes it for: where a way lets nothing else through, every method travels as POST. */
function methodOf({ method, headers }: ServerRequest): string {
  return headers['x-http-method-override'] ?? method;
}

/** The upload that a request is about. */
function blobOf({ method, path, headers }: ServerRequest): string | null {
  const named = /^\/v1\/uploads\/(\w+)$/.exec(path)?.[1];
  if (named !== undefined) return named;
  if (method !== 'POST' || path !== '/v1/uploads') return null;
  const encoded = /^id ([^\s,]+)/.exec(headers['upload-metadata'] ?? '')?.[1];
  return encoded === undefined ? null : atob(encoded);
}
