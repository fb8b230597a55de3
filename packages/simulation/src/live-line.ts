import { clientFrame, closeCodes } from '@earshot/protocol/live.ts';
import type { LiveConnection, LiveHandlers } from '@earshot/client/transport.ts';
import { isLate } from '@earshot/server/live/late-cursor.ts';
import { setCursor } from '@earshot/server/logs/read.ts';
import type { Session } from '@earshot/server/ports.ts';
import { authenticate } from '@earshot/server/sessions/sessions.ts';
import * as v from 'valibot';
import type { Life } from './life.ts';
import type { Link } from './link.ts';
import type { ServerRun } from './server-host.ts';

/** Close code of what broke without a word. */
const BROKEN = 1006;
const INTERNAL = 1011;
/** After so many milliseconds without a pong the server drops a line; the system gives up opening one. */
const PATIENCE = 60_000;

/** One open connection: what the server's sockets and the browser's WebSocket are, over a faulty way. Frames stay in order. */
export class LiveLine implements LiveConnection {
  readonly #link: Link;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #handlers: LiveHandlers;
  readonly #life: Life;
  #state: 'opening' | 'open' | 'mute' | 'over' = 'opening';
  #run: ServerRun | null = null;
  #session: Session | null = null;
  #leave: (() => void) | null = null;
  /** The device knows that it is open. */
  #opened = false;
  /** When the last frame arrives that is on its way to the device, to the server. */
  #down = 0;
  #up = 0;

  constructor(link: Link, headers: Readonly<Record<string, string>>, handlers: LiveHandlers, life: Life) {
    this.#link = link;
    this.#headers = headers;
    this.#handlers = handlers;
    this.#life = life;
    life.atEnd(() => this.#later(() => this.#forgotten()));
  }

  open(): void {
    const { weather } = this.#link;
    if (weather === 'hole' || weather === 'captive') {
      this.#link.ports.time.after(weather === 'hole' ? PATIENCE : 20, () => this.#end(BROKEN));
      return;
    }
    this.#later(() => this.#admit().catch(() => this.#later(() => this.#end(BROKEN))));
  }

  async #admit(): Promise<void> {
    const { server, time } = this.#link.ports;
    const { run } = server;
    if (run === null || this.#link.weather === 'down') return this.#end(BROKEN);
    run.life.atEnd(() => time.after(this.#link.delay(), () => this.cut()));
    this.#run = run;
    const token = /^Bearer (\S+)$/.exec(this.#headers['authorization'] ?? '')?.[1] ?? null;
    this.#session = await run.life.guard(authenticate(run.ports, token));
    if (this.#state !== 'opening') return;
    this.#leave = run.hub.add({ ...this.#session, send: (frame) => this.#deliver(frame), close: (code) => this.#later(() => this.#end(code)) });
    this.#state = 'open';
    this.#link.ports.trace.say(`${this.#link.name}: live`);
    this.#arrive(() => {
      this.#opened = true;
      this.#handlers.opened();
    });
    this.#deliver(JSON.stringify({ type: 'hello', now: run.ports.clock.now() }));
  }

  #deliver(frame: string): void {
    if (this.#state === 'open') this.#arrive(() => this.#handlers.frame(frame));
  }

  /** On the device, behind everything that was sent to it before. */
  #arrive(happen: () => void): void {
    const { time } = this.#link.ports;
    this.#down = Math.max(this.#down, time.now + this.#link.delay());
    time.after(this.#down - time.now, () => {
      if (this.#state === 'open' && this.#life.alive) happen();
    });
  }

  send(text: string): void {
    const { time, claimed } = this.#link.ports;
    const frame = v.parse(clientFrame, JSON.parse(text));
    if (frame.type === 'cursor') claimed(frame.log, frame.delivered);
    this.#up = Math.max(this.#up, time.now + this.#link.delay());
    time.after(this.#up - time.now, () => {
      const { live } = this;
      if (live === null) return;
      if (frame.type === 'ping') return this.#deliver(JSON.stringify({ type: 'pong', now: live.run.ports.clock.now() }));
      setCursor(live.run.ports, live.session, frame.log, frame).catch((error: unknown) => {
        if (!isLate(error)) this.#later(() => this.#end(INTERNAL));
      });
    });
  }

  /** The server's side of it, while there is one. */
  get live(): { readonly run: ServerRun; readonly session: Session } | null {
    return this.#state === 'open' && this.#run?.life.alive === true && this.#session !== null ? { run: this.#run, session: this.#session } : null;
  }

  close(): void {
    this.#later(() => this.#forgotten());
    this.#end(BROKEN);
  }

  /** Both sides notice. */
  cut(): void {
    this.#end(BROKEN);
  }

  /** Neither side notices, until it asks. */
  mute(): void {
    if (this.#state !== 'open') return;
    this.#state = 'mute';
    // A handshake that is never answered is given up by the system; an open line is watched by the client itself.
    this.#link.ports.time.after(PATIENCE, () => (this.#opened ? this.#forgotten() : this.#end(BROKEN)));
  }

  /** The server drops its side. */
  #forgotten(): void {
    this.#leave?.();
    this.#leave = null;
    this.#link.lines.delete(this);
  }

  #end(code: number): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#forgotten();
    this.#link.ports.trace.say(`${this.#link.name}: line closed ${code === closeCodes.sessionEnded ? 'by the session' : code}`);
    if (this.#life.alive) this.#handlers.closed(code);
  }

  #later(happen: () => unknown): void {
    this.#link.ports.time.after(this.#link.delay(), () => void happen());
  }
}
