import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { makeId, type Id } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { type BlobRef, directLogId, type Envelope } from '@earshot/protocol/envelope.ts';
import { type Grant, invitationToken } from '@earshot/protocol/keys.ts';
import type { SessionAnswer } from '@earshot/protocol/people.ts';
import { anySealed, newDevice, TestChain } from '@earshot/server/testing/keys.ts';
import WebSocket from 'ws';

/**
 * The thinnest client that speaks the protocol: it leaves the machine to the server. What the SDK adds is measured by the
 * latency rows, which go through the SDK.
 */
export class WireDevice {
  readonly origin: URL;
  readonly agent: Agent;
  session: SessionAnswer | undefined;

  constructor(origin: string) {
    this.origin = new URL(origin);
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  async call(method: string, path: string, body?: Buffer | string, headers: Record<string, string | number> = {}): Promise<{ status: number; bytes: Buffer }> {
    const token = this.session?.token;
    const sent = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers };
    return await new Promise((resolve, reject) => {
      const call = request({ host: this.origin.hostname, port: this.origin.port, path, method, headers: sent, agent: this.agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, bytes: Buffer.concat(chunks) }));
        answer.on('error', reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  async json<T>(method: string, path: string, value?: unknown): Promise<T> {
    const answer = await this.call(method, path, value === undefined ? undefined : JSON.stringify(value), value === undefined ? {} : { 'content-type': 'application/json' });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.bytes.toString()}`);
    // The bench trusts the server it has just started; its answers are checked by the tests.
    return JSON.parse(answer.bytes.toString()) as T;
  }

  async join(secret: string, handle: string): Promise<void> {
    const device = newDevice();
    const { command } = await TestChain.begin(makeId(systemRandom), device);
    this.session = await this.json<SessionAnswer>('POST', '/v1/join', { invitation: await invitationToken(secret), handle, name: handle, device: { id: device.id, name: 'bench' }, chain: command });
  }

  /** The secret of a fresh invitation by this person. */
  async invite(): Promise<string> {
    const secret = makeId(systemRandom);
    await this.json('POST', '/v1/invitations', { secretSha256: createHash('sha256').update(await invitationToken(secret)).digest('hex') });
    return secret;
  }

  get person(): Id {
    if (!this.session) throw new Error('not joined');
    return this.session.person;
  }

  envelope(log: Id, fields: Pick<Envelope, 'class'> & Partial<Envelope>): Envelope {
    if (!this.session) throw new Error('not joined');
    return { version: 1, id: makeId(systemRandom), log, device: this.session.device, generation: 1, blobs: [], refers: [], expiry: 'never', ...fields };
  }

  async post(envelope: Envelope, body = 'e30', grants?: readonly Grant[]): Promise<void> {
    await this.json('POST', `/v1/logs/${envelope.log}/events`, { envelope, body, grants });
  }

  async direct(other: Id): Promise<Id> {
    const log = await directLogId(this.person, other);
    await this.post(this.envelope(log, { class: 'create', membership: { kind: 'direct', add: [this.person, other] } }), 'e30', [this.person, other].map((person) => ({ person, account: 1, sealed: anySealed() })));
    return log;
  }

  /** All bytes of a blob in one request, as the SDK uploads a short one. */
  async upload(bytes: Buffer): Promise<BlobRef> {
    const id = makeId(systemRandom);
    const answer = await this.call('POST', '/v1/uploads', bytes, {
      'tus-resumable': '1.0.0', 'upload-length': bytes.length, 'content-type': 'application/offset+octet-stream',
      'upload-metadata': `id ${Buffer.from(id).toString('base64')}`,
    });
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${answer.bytes.toString()}`);
    return { id, length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  /** One complete voice message as the SDK sends a short one: bytes in one request, the event in another. */
  async sendVoice(log: Id, bytes: Buffer): Promise<Id> {
    const blob = await this.upload(bytes);
    await this.post(this.envelope(log, { class: 'message', blobs: [blob] }), BODY);
    return blob.id;
  }

  live(onEvent: (envelope: Envelope) => void): Promise<WebSocket> {
    const socket = new WebSocket(`ws://${this.origin.host}/v1/live`, { headers: { authorization: `Bearer ${this.session?.token ?? ''}` }, perMessageDeflate: false });
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; event?: { envelope: Envelope } };
      if (frame.type === 'event' && frame.event) onEvent(frame.event.envelope);
    });
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(socket));
      socket.on('error', reject);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** About what the body of a real message weighs: parts, hash, 256 peaks. */
const BODY = randomBytes(700).toString('base64url');
