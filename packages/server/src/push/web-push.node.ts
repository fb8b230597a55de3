import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import webPush from 'web-push';
import type { Clock } from '@earshot/base/clock.ts';
import type { Push, PushAddress, PushAnswer, PushKeys } from './push.ts';
import { isPublic, literalAddress, NotPublic, publicLookup } from './public-address.node.ts';

/** All that is ever said: the same for everybody, so that not even its length tells anything. */
const PAYLOAD = 'earshot: look';
/** Push services keep one wake of this name per device: a later one takes its place. */
const TOPIC = 'earshot';
/** Seconds. The longest that push services keep anything: whoever comes back after three weeks is still told. */
const TTL = 28 * 86_400;
/** How long one attempt may take. */
const TIMEOUT = 15_000;
/** Of an answer: whoever says more is cut off. */
const ANSWER_BYTES = 16_384;
const CONNECTIONS = 8;

export interface WebPushOptions {
  readonly keys: PushKeys;
  /** How the push service reaches the operator: `mailto:` or `https:`. */
  readonly contact: string;
  /** For a push service of one's own, without https or on a private network. */
  readonly privateAddresses: boolean;
  readonly clock: Clock;
  /** Milliseconds for one attempt; default 15 seconds. */
  readonly timeout?: number | undefined;
}

export const makeKeys = (): PushKeys => webPush.generateVAPIDKeys();

/** Push services over the Web Push protocol (RFC 8030), wakes encrypted for the browser (RFC 8291) and signed by us (RFC 8292). */
export class WebPush implements Push {
  readonly #options: WebPushOptions;
  readonly #agents = { 'https:': new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS }), 'http:': new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS }) };
  readonly #ending = new AbortController();

  constructor(options: WebPushOptions) {
    this.#options = options;
  }

  async wake(address: PushAddress): Promise<PushAnswer> {
    try {
      const response = await this.#post(new URL(address.endpoint), address);
      const answer = this.#answerOf(response);
      // What it says beyond its status is of no interest, nor whether it said all of it.
      await drain(response).catch(() => response.destroy());
      return answer;
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error), status: null, retryAfter: null };
    }
  }

  close(): Promise<void> {
    this.#ending.abort(new Error('the server ends'));
    for (const agent of Object.values(this.#agents)) agent.destroy();
    return Promise.resolve();
  }

  #post(url: URL, { p256dh, auth }: PushAddress): Promise<IncomingMessage> {
    const { keys, contact, privateAddresses, timeout = TIMEOUT } = this.#options;
    const literal = literalAddress(url.hostname);
    if (!privateAddresses && (url.protocol !== 'https:' || (literal !== null && !isPublic(literal)))) throw new NotPublic();
    const { cipherText } = webPush.encrypt(p256dh, auth, PAYLOAD, 'aes128gcm');
    const signed = webPush.getVapidHeaders(url.origin, contact, keys.publicKey, keys.privateKey, 'aes128gcm');
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? requestHttps : requestHttp)(url, {
        method: 'POST', agent: this.#agents[secure ? 'https:' : 'http:'], signal: AbortSignal.any([this.#ending.signal, AbortSignal.timeout(timeout)]),
        headers: { ...signed, ttl: TTL, topic: TOPIC, urgency: 'high', 'content-encoding': 'aes128gcm', 'content-type': 'application/octet-stream', 'content-length': cipherText.length },
        ...(privateAddresses ? {} : { lookup: publicLookup }),
      });
      request.on('response', resolve);
      request.on('error', reject);
      request.end(cipherText);
    });
  }

  /** Redirects are followed nowhere: they are an answer like any other that is not 2xx. */
  #answerOf({ statusCode: status = 0, headers }: IncomingMessage): PushAnswer {
    if (status >= 200 && status < 300) return { kind: 'accepted' };
    if (status === 404 || status === 410) return { kind: 'gone' };
    return { kind: 'failed', reason: `status ${status}`, status, retryAfter: this.#retryAfter(headers['retry-after']) };
  }

  /** Seconds, or a date. */
  #retryAfter(header: string | undefined): number | null {
    if (header === undefined) return null;
    const seconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - this.#options.clock.now();
    return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
  }
}

/** Reads the answer away, so that the connection can be used again. */
async function drain(response: IncomingMessage): Promise<void> {
  let seen = 0;
  for await (const chunk of response) {
    seen += (chunk as Buffer).length;
    if (seen > ANSWER_BYTES) return;
  }
}

/** Never the address: it is what lets anybody wake the device. */
function reasonOf(error: unknown): string {
  if (error instanceof NotPublic) return 'address not public';
  if (error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutError') return 'no answer';
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unusable';
}
