import { Failure } from '@earshot/protocol/failures.ts';
import type { CallInput, CallName, CallOutput, FromWorker, ToWorker, WorkerEvent } from './worker-messages.ts';

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (failure: Failure) => void;
}

/** The page's end of the worker: calls with answers, and events. When the worker dies every call rejects with `recorder.pipeline`. */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #dead: Failure | null = null;

  constructor(url: string, on: (event: WorkerEvent) => void) {
    this.#worker = new Worker(url, { type: 'module', name: 'earshot-recorder' });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'frames' || data.type === 'fault') on(data);
      else this.#settle(data);
    };
    this.#worker.onerror = (event) => {
      const failure = new Failure('recorder.pipeline', { stage: 'worker', reason: event.message ?? 'not loaded' });
      this.#fail(failure);
      on({ type: 'fault', code: failure.code, evidence: failure.evidence });
    };
  }

  call<N extends CallName>(name: N, ...[input, transfer = []]: CallArguments<N>): Promise<CallOutput<N>> {
    if (this.#dead !== null) return Promise.reject(this.#dead);
    const id = this.#next;
    this.#next += 1;
    return new Promise<CallOutput<N>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (output) => resolve(output as CallOutput<N>), reject });
      this.#worker.postMessage({ id, call: name, input } satisfies ToWorker, transfer);
    });
  }

  close(): void {
    this.#worker.terminate();
    this.#fail(new Failure('recorder.pipeline', { stage: 'worker', reason: 'closed' }));
  }

  #settle(message: FromWorker & { readonly id: number }): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'failed') waiting?.reject(new Failure(message.code, message.evidence));
    else if (message.type === 'done') waiting?.resolve(message.output);
  }

  #fail(failure: Failure): void {
    this.#dead ??= failure;
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}

type CallArguments<N extends CallName> = CallInput<N> extends undefined ? [] : [input: CallInput<N>, transfer?: Transferable[]];
