import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { joinBytes, openWake, type Subscriber, verifyVapid } from './push-crypto.ts';

/** A wake as it reached the push service, opened as the browser would. */
export interface Delivery {
  /** The last part of the endpoint. */
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  /** The bytes that travelled. */
  readonly sealed: Uint8Array;
  readonly payload: string;
  /** What the sender said of itself, its signature checked. */
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string };
  /** The key that signed, base64url. */
  readonly signer: string;
}

export interface TestSubscription {
  readonly id: string;
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

export type Script = { readonly status: number; readonly headers?: Record<string, string> } | 'hang';

/** A push service on this machine: gives subscriptions as a browser has them, and refuses what a real one would refuse. */
export class PushService implements AsyncDisposable {
  readonly deliveries: Delivery[] = [];
  /** What was wrong with requests that a real service would have refused. */
  readonly complaints: string[] = [];
  requests = 0;
  script: Script = { status: 201 };
  readonly #server: Server;
  readonly #subscribers = new Map<string, Subscriber>();
  #changed = (): void => undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<PushService> {
    const server = createServer();
    const service = new PushService(server);
    server.on('request', (request, response) => {
      service.#take(request).then(
        (answer) => {
          if (answer !== 'hang') response.writeHead(answer.status, answer.headers).end('whatever');
          service.#changed();
        },
        (error: unknown) => {
          service.complaints.push(error instanceof Error ? error.message : String(error));
          response.writeHead(400).end();
          service.#changed();
        },
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return service;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async subscribe(): Promise<TestSubscription> {
    const id = makeId(systemRandom);
    const keys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const point = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey));
    const auth = crypto.getRandomValues(new Uint8Array(16));
    this.#subscribers.set(id, { keys, point, auth });
    return { id, endpoint: `${this.origin}/wake/${id}`, p256dh: Buffer.from(point).toString('base64url'), auth: Buffer.from(auth).toString('base64url') };
  }

  /** Resolves once `holds` does; it is looked at after every request. */
  async until(holds: (service: this) => boolean): Promise<void> {
    const limit = AbortSignal.timeout(60_000);
    while (!holds(this)) {
      await new Promise<void>((resolve, reject) => {
        this.#changed = resolve;
        limit.addEventListener('abort', () => reject(new Error(`${this.deliveries.length} deliveries of ${this.requests} requests; complaints: ${this.complaints.join(', ')}`)), { once: true });
      });
    }
  }

  /** Ends the requests that hang, without an answer. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage): Promise<Script> {
    this.requests += 1;
    const sealed = await bodyOf(request);
    const { script } = this;
    if (script === 'hang' || script.status >= 300) return script;
    const id = request.url?.split('/').at(-1) ?? '';
    const subscriber = this.#subscribers.get(id);
    if (!subscriber) return { status: 404 };
    const { signer, claims } = await verifyVapid(request.headers.authorization ?? '');
    this.deliveries.push({ id, headers: request.headers, sealed, signer, claims, payload: await openWake(sealed, subscriber) });
    return script;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return joinBytes(...chunks);
}
