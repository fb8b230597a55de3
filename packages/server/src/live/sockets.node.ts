import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { clientFrame } from '@earshot/protocol/live.ts';
import * as v from 'valibot';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { setCursor } from '../logs/read.ts';
import type { Ports, Session } from '../ports.ts';
import { present } from '../sessions/sessions.ts';
import type { Hub } from './hub.ts';
import { isLate } from './late-cursor.ts';

const PING_EVERY = 30_000;
/** How often an open connection counts as its device being there: twice in the hour to which that is told. */
const PRESENT_EVERY = 1_800_000;
/** How long peers have to answer the goodbye. */
const GOODBYE = 500;
const GOING_AWAY = 1001;
const INVALID_FRAME = 1007;
const INTERNAL = 1011;

interface Peer {
  readonly session: Session;
  alive: boolean;
  /** An answer to a ping has not left yet. */
  answering: boolean;
  /** When its device was last noted as there. */
  noted: number;
}

/** The open connections over WebSocket: JSON texts both ways, small ones in. */
export class Sockets {
  readonly #ports: Ports;
  readonly #hub: Hub;
  readonly #server: WebSocketServer;
  readonly #peers = new Map<WebSocket, Peer>();
  readonly #pinging: NodeJS.Timeout;

  constructor(ports: Ports, hub: Hub) {
    this.#ports = ports;
    this.#hub = hub;
    this.#server = new WebSocketServer({ noServer: true, maxPayload: ports.limits.frameBytes, perMessageDeflate: false, clientTracking: false, autoPong: false });
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY);
    this.#pinging.unref();
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, session: Session): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#opened(opened, session));
  }

  async close(): Promise<void> {
    clearInterval(this.#pinging);
    const gone = Promise.all(Array.from(this.#peers.keys(), (socket) => new Promise((resolve) => void socket.once('close', resolve))));
    this.#hub.closeAll(GOING_AWAY);
    await Promise.race([gone, new Promise((resolve) => void setTimeout(resolve, GOODBYE).unref())]);
    for (const socket of this.#peers.keys()) socket.terminate();
    this.#server.close();
  }

  #opened(socket: WebSocket, session: Session): void {
    const { clock } = this.#ports;
    const remove = this.#hub.add({
      person: session.person,
      device: session.device,
      send: (frame) => this.#send(socket, () => socket.send(frame)),
      close: (code) => end(socket, code),
    });
    const peer: Peer = { session, alive: true, answering: false, noted: clock.now() };
    this.#peers.set(socket, peer);
    socket.on('pong', () => {
      peer.alive = true;
    });
    socket.on('message', (data, binary) => {
      peer.alive = true;
      this.#heard(socket, peer, data, binary);
    });
    socket.on('ping', (data) => this.#answer(socket, peer, (gone) => socket.pong(data, false, gone)));
    // Frames too large or malformed: ws closes with the right code by itself.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#peers.delete(socket);
      remove();
    });
    this.#send(socket, () => socket.send(JSON.stringify({ type: 'hello', now: clock.now() })));
  }

  /** The one way out for frames of every kind: a reader that does not keep up is ended, whatever is for it. */
  #send(socket: WebSocket, put: () => void): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > this.#ports.limits.unsentBytes) return socket.terminate();
    put();
  }

  /** One answer at a time is on its way, and serves all who asked meanwhile: who asks and does not read makes nothing pile up. */
  #answer(socket: WebSocket, peer: Peer, put: (gone: () => void) => void): void {
    if (peer.answering) return;
    this.#send(socket, () => {
      peer.answering = true;
      put(() => {
        peer.answering = false;
      });
    });
  }

  #heard(socket: WebSocket, peer: Peer, data: RawData, binary: boolean): void {
    // Who was told goodbye may go on talking for a moment.
    if (socket.readyState !== WebSocket.OPEN) return;
    const frame = binary ? null : parsed(data);
    if (!frame) return end(socket, INVALID_FRAME);
    if (frame.type === 'ping') return this.#answer(socket, peer, (gone) => socket.send(JSON.stringify({ type: 'pong', now: this.#ports.clock.now() }), gone));
    setCursor(this.#ports, peer.session, frame.log, frame).catch((error: unknown) => {
      if (isLate(error)) return;
      this.#ports.log.warn('cursor not stored', { reason: error instanceof Error ? error.message : 'unknown' });
      end(socket, INTERNAL);
    });
  }

  /** Who did not answer the last ping is gone. */
  #ping(): void {
    for (const [socket, peer] of this.#peers) {
      if (!peer.alive) {
        socket.terminate();
        continue;
      }
      peer.alive = false;
      this.#send(socket, () => socket.ping());
      this.#note(peer);
    }
  }

  #note(peer: Peer): void {
    const now = this.#ports.clock.now();
    if (now - peer.noted < PRESENT_EVERY) return;
    peer.noted = now;
    present(this.#ports, peer.session).catch((error: unknown) => this.#ports.log.warn('presence not noted', { reason: error instanceof Error ? error.message : 'unknown' }));
  }
}

function parsed(data: RawData): v.InferOutput<typeof clientFrame> | null {
  try {
    // With the default binary type a whole text frame is one Buffer.
    const result = v.safeParse(clientFrame, JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : ''));
    return result.success ? result.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Says why, and does not wait long for a peer that does not answer. */
function end(socket: WebSocket, code: number): void {
  socket.close(code);
  setTimeout(() => socket.terminate(), GOODBYE).unref();
}
