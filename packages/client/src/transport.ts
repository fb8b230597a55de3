/**
 * The way to the server as a port. Adapters: `fetch` and WebSocket of browsers and of Node.
 *
 * `request` resolves with whatever answered, of any status; it rejects with `network.unreachable` when nothing did, with
 * `network.stalled` when no byte moved for `stallTimeout`, and with the signal's reason when that aborted.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportAnswer>;
  /** Opens the live connection. Events arrive through the callbacks; `closed` comes exactly once, also when it never opened. */
  connect(path: string, headers: Readonly<Record<string, string>>, handlers: LiveHandlers): LiveConnection;
}

export interface TransportRequest {
  readonly method: string;
  /** Path with query, from `/v1/` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly signal?: AbortSignal;
  /** Milliseconds without any answered byte after which this request counts as stalled; the transport's own time when not said. */
  readonly patience?: number;
}

export interface TransportAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

export interface LiveHandlers {
  opened(): void;
  frame(text: string): void;
  closed(code: number): void;
}

export interface LiveConnection {
  send(text: string): void;
  close(): void;
}
