import { Failure } from '@earshot/protocol/failures.ts';
import type { CallInput, CallName, CallOutput, FromWorker, ToWorker, WorkerEvent } from './worker-messages.ts';

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (failure: Failure) => void;
}

type Opened = CallOutput<'open'>;

/**
 * The page's end of the worker: calls with answers, and events. When the worker dies, the calls under way reject with
 * `recorder.pipeline`, which is told as an event too, and the next call goes to a new worker. What the old one had open is
 * closed then; `generation` tells.
 */
export class WorkerLink {
  readonly #url: string;
  readonly #input: CallInput<'open'>;
  readonly #on: (event: WorkerEvent) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #generation = 0;
  #worker: Worker | null = null;
  #opened: Promise<Opened> | null = null;
  #closed = false;

  constructor(url: string, input: CallInput<'open'>, on: (event: WorkerEvent) => void) {
    this.#url = url;
    this.#input = input;
    this.#on = on;
  }

  /** Counts workers. It does not change while one lives. */
  get generation(): number {
    return this.#generation;
  }

  /** Resolves when codec and disk are ready; throws what `open` of the worker throws. */
  opened(): Promise<Opened> {
    if (this.#opened !== null) return this.#opened;
    const opening = this.#open();
    this.#opened = opening;
    // After one that failed, whoever asks next tries again.
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = null;
    });
    return opening;
  }

  async call<N extends CallName>(name: N, ...[input, transfer = []]: CallArguments<N>): Promise<CallOutput<N>> {
    await this.opened();
    return this.#post(name, input, transfer);
  }

  /** Ends the worker: the next call goes to a new one. */
  restart(): void {
    this.#end(new Failure('recorder.pipeline', { stage: 'worker', reason: 'replaced' }));
  }

  close(): void {
    this.#closed = true;
    this.#end(new Failure('recorder.pipeline', { stage: 'worker', reason: 'closed' }));
  }

  async #open(): Promise<Opened> {
    if (this.#closed) throw new Failure('recorder.pipeline', { stage: 'worker', reason: 'closed' });
    const worker = newWorker(this.#url);
    this.#worker = worker;
    this.#generation += 1;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'done' || data.type === 'failed') this.#settle(data);
      else this.#on(data);
    };
    worker.onerror = (event) => {
      const failure = new Failure('recorder.pipeline', { stage: 'worker', reason: event.message ?? 'not loaded' });
      this.#end(failure);
      this.#on({ type: 'fault', code: failure.code, evidence: failure.evidence });
    };
    try {
      return await this.#post('open', this.#input, []);
    } catch (error) {
      this.#end(error instanceof Failure ? error : new Failure('recorder.pipeline', { stage: 'worker' }));
      throw error;
    }
  }

  #post<N extends CallName>(name: N, input: unknown, transfer: Transferable[]): Promise<CallOutput<N>> {
    const worker = this.#worker;
    if (worker === null) return Promise.reject(new Failure('recorder.pipeline', { stage: 'worker', reason: 'ended' }));
    const id = this.#next;
    this.#next += 1;
    return new Promise<CallOutput<N>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (output) => resolve(output as CallOutput<N>), reject });
      worker.postMessage({ id, call: name, input } satisfies ToWorker, transfer);
    });
  }

  #settle(message: FromWorker & { readonly id: number }): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'failed') waiting?.reject(new Failure(message.code, message.evidence));
    else if (message.type === 'done') waiting?.resolve(message.output);
  }

  #end(failure: Failure): void {
    // A worker with an uncaught error runs on; its files must be free for the next one.
    this.#worker?.terminate();
    this.#worker = null;
    this.#opened = null;
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}

/** A worker with the recorder's script; its name says which. Throws `recorder.pipeline`. */
export function newWorker(url: string, name = 'earshot-recorder'): Worker {
  try {
    return new Worker(url, { type: 'module', name });
  } catch (error) {
    throw new Failure('recorder.pipeline', { stage: 'worker', reason: error instanceof Error ? error.name : 'unknown' }, { cause: error });
  }
}

type CallArguments<N extends CallName> = CallInput<N> extends undefined ? [] : [input: CallInput<N>, transfer?: Transferable[]];
