import type { Id } from '@earshot/base/ids.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { MicrophoneFacts } from './capture/watch.ts';
import type { Edit } from './journal/edit.ts';
import type { Splice, TakeHeader, TakeRecord, TakeState, TakeSummary } from './journal/journal.ts';
import type { FinishedTake, RecorderHappening } from './recorder.ts';

/** What the page asks of the worker, each answered once. */
export interface WorkerCalls {
  /** Loads the codec and opens the disk. The first call. */
  open(input: { wasm: { simd: string; plain: string }; folder: string; only?: 'opfs' | 'indexeddb'; secret?: Uint8Array<ArrayBuffer> }): { journal: 'opfs' | 'indexeddb'; codec: 'simd' | 'plain'; refused: string };
  /** Makes a take the open one. With `resume` it must be in the journal already. */
  begin(input: { header: TakeHeader; resume: boolean }): { packets: number };
  /** Frames come through this port from now on. */
  connect(input: MicrophoneFacts & { port: MessagePort; resend: boolean }): void;
  /** The microphone behind the port was replaced. */
  splice(input: MicrophoneFacts & Omit<Splice, 'packet'>): void;
  /** Makes what was written durable now: the page is about to go. */
  flush(): void;
  /** Resolves when the first frame has arrived; `mic.no-frames` when none does. `deaf`: frames do not count before `count`. */
  listen(input: { deaf: boolean }): void;
  count(): void;
  /** From the next frame on, what is captured counts as silence. */
  hush(input: { milliseconds: number }): void;
  /** Takes in what is on its way and makes it durable. */
  drain(): void;
  finish(): FinishedTake;
  /** Lets go of the open take. It stays as a draft, unless it has no sound. */
  leave(): void;
  list(): TakeSummary[];
  read(input: { take: Id }): TakeRecord;
  decide(input: { take: Id; state: TakeState; at: number }): void;
  edit(input: { take: Id; edit: Edit }): void;
  remove(input: { take: Id }): void;
}

export type CallName = keyof WorkerCalls;
export type CallInput<N extends CallName> = Parameters<WorkerCalls[N]> extends [infer Input] ? Input : undefined;
export type CallOutput<N extends CallName> = ReturnType<WorkerCalls[N]>;

export interface ToWorker {
  readonly id: number;
  readonly call: CallName;
  readonly input: unknown;
}

/** What the worker tells of its own accord, as the page passes it on. */
export type WorkerEvent = Extract<RecorderHappening, { readonly type: 'frames' | 'fault' | 'cleared' }>;

export type FromWorker =
  | WorkerEvent
  | { readonly type: 'done'; readonly id: number; readonly output: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly code: FailureCode; readonly evidence: Evidence };
