import { fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { ChainEntry } from '@earshot/protocol/keys.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { LiveHandlers, Transport, TransportAnswer, TransportRequest } from '@earshot/client/transport.ts';

/** What a bad server does to what it should hand on. Each gets a copy and gives back what is said instead. */
export interface Malice {
  /** Events of one log that go out together. */
  events?(events: LoggedEvent[]): LoggedEvent[];
  chain?(person: string, entries: ChainEntry[]): ChainEntry[];
  log?(info: LogInfo): LogInfo;
  blob?(id: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** The way of one device to a server that is bad to her, as long as `malice` holds something. Posts go through as they are, and are kept in `posted`. */
export class BadServer {
  malice: Malice = {};
  readonly posted: { readonly path: string; readonly body: string }[] = [];

  transport(real: Transport): Transport {
    return {
      request: async (request) => this.#answer(request, await real.request(request)),
      // What comes over the open connection comes by the next question too, and there it is bent.
      connect: (path, headers, handlers) => real.connect(path, headers, this.#bent(handlers)),
    };
  }

  #bent(handlers: LiveHandlers): LiveHandlers {
    return {
      ...handlers,
      frame: (text) => {
        const frame = JSON.parse(text) as { type: string; event?: LoggedEvent };
        if (frame.event === undefined || this.malice.events === undefined) handlers.frame(text);
        else for (const event of this.malice.events([frame.event])) handlers.frame(JSON.stringify({ ...frame, event }));
      },
    };
  }

  async #answer(request: TransportRequest, answer: TransportAnswer): Promise<TransportAnswer> {
    if (request.method === 'POST' && typeof request.body === 'string') this.posted.push({ path: request.path, body: request.body });
    if (answer.status >= 300) return answer;
    const [, what, name = ''] = request.path.split('?')[0]?.split('/').slice(1) ?? [];
    const { malice } = this;
    if (what === 'blobs' && malice.blob) return inPlaceOf(answer, malice.blob(name, await answer.bytes()));
    if (what === 'chains' && malice.chain) {
      const { entries, ...rest } = await said<{ entries: ChainEntry[] }>(answer);
      const bent = malice.chain(name, entries);
      const from = Number(/from=(\d+)/.exec(request.path)?.[1] ?? 0);
      return inPlaceOf(answer, utf8(JSON.stringify({ ...rest, entries: bent, length: from + bent.length })));
    }
    if (what === 'sync' || what === 'logs') return inPlaceOf(answer, utf8(JSON.stringify(this.#bend(await said(answer)))));
    return answer;
  }

  /** Whatever holds events or conversations, wherever they stand in the answer. */
  #bend(value: unknown): unknown {
    if (Array.isArray(value)) {
      if (value.length > 0 && value.every(isEvent)) return this.malice.events?.(value) ?? value;
      return value.map((one) => this.#bend(one));
    }
    if (typeof value !== 'object' || value === null) return value;
    if (isLog(value)) return this.malice.log?.(value) ?? value;
    return Object.fromEntries(Object.entries(value).map(([field, content]) => [field, this.#bend(content)]));
  }
}

function isEvent(value: unknown): value is LoggedEvent {
  return typeof value === 'object' && value !== null && 'envelope' in value && 'seq' in value;
}

function isLog(value: object): value is LogInfo {
  return 'members' in value && 'head' in value && 'kind' in value;
}

function inPlaceOf(answer: TransportAnswer, bytes: Uint8Array<ArrayBuffer>): TransportAnswer {
  return { ...answer, bytes: async () => bytes };
}

async function said<T>(answer: TransportAnswer): Promise<T> {
  return JSON.parse(fromUtf8(await answer.bytes())) as T;
}
