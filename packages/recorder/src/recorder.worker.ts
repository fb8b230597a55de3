import { bestOpusVariant, startOpus } from '@earshot/audio/opus-wasm.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { CAPTURER } from './capture/capture-messages.ts';
import type { FromCapture } from './capture/capture-messages.ts';
import { browserRoom } from './capture/room.worker.ts';
import { TakeSession } from './capture/take-session.ts';
import type { FramePort, Timers } from './capture/take-session.ts';
import { TakeWriter } from './capture/take-writer.ts';
import { serveCapture } from './capture/track.worker.ts';
import { warmUp } from './capture/warm-up.ts';
import { chooseJournal } from './journal/choose.worker.ts';
import { Flusher, FLUSHER, serveFlushes } from './journal/flusher.worker.ts';
import type { Journal, JournalEntry } from './journal/journal.ts';
import type { CallInput, CallName, CallOutput, FromWorker, ToWorker, WorkerEvent } from './worker-messages.ts';

/** The worker's outermost file: joins disk, codec and session, and answers the page's calls one after the other. */
interface Opened {
  readonly codec: OpusCodec;
  readonly journal: Journal;
}

const timers: Timers = {
  every: (milliseconds, tick) => {
    const timer = setInterval(tick, milliseconds);
    return () => clearInterval(timer);
  },
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  now: () => performance.now(),
};

let opened: Opened | null = null;
let session: TakeSession | null = null;
/** Whether a recording was ever begun here. */
let listening = false;

function tell(message: FromWorker): void {
  // Copied, not handed over: for packets of 60 bytes that is the quicker way.
  postMessage(message);
}

function disk(): Opened {
  if (opened === null) throw new Error('assertion: the worker was not opened');
  return opened;
}

function current(): TakeSession {
  if (session === null) throw new Failure('recorder.pipeline', { stage: 'worker', reason: 'no take is open' });
  return session;
}

function framePort(port: MessagePort): FramePort {
  return {
    send: (message) => port.postMessage(message),
    listen: (listener) => {
      port.onmessage = listener && (({ data }: MessageEvent<FromCapture>) => listener(data));
    },
    close: () => port.close(),
  };
}

async function loadCodec(wasm: { simd: string; plain: string }): Promise<OpusCodec> {
  try {
    const file = await fetch(wasm[bestOpusVariant()]);
    if (!file.ok) throw new Failure('recorder.pipeline', { stage: 'codec', status: file.status });
    return await startOpus(new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('recorder.pipeline', { stage: 'codec', reason: error instanceof Error ? error.message : 'unknown' }, { cause: error });
  }
}

type Handlers = { readonly [N in CallName]: (input: CallInput<N>) => Promise<CallOutput<N>> };

const handlers: Handlers = {
  open: async ({ wasm, ...journalled }) => {
    const [codec, { journal, kind, refused }] = await Promise.all([loadCodec(wasm), chooseJournal(journalled, Flusher.start())]);
    opened = { codec, journal };
    void warmUp(codec, () => !listening, () => new Promise((resolve) => setTimeout(resolve)));
    return { journal: kind, codec: bestOpusVariant(), refused };
  },
  begin: async ({ header, resume }) => {
    await handlers.leave(undefined);
    const { codec, journal } = disk();
    const file = await (resume ? journal.reopen(header.take) : journal.create(header));
    const writer = new TakeWriter(codec, file, ({ code, evidence }) => tell({ type: 'fault', code, evidence }));
    session = new TakeSession(header.take, writer, { timers, room: browserRoom }, (event: WorkerEvent) => tell(event));
    return { packets: writer.packets };
  },
  connect: async ({ port, ...connection }) => current().connect(framePort(port), connection),
  splice: async ({ gap, why, ...facts }) => current().splice(facts, { gap, why }),
  flush: async () => current().writer.settle(),
  listen: (how) => {
    listening = true;
    return current().listen(how);
  },
  count: async () => current().count(),
  hush: async ({ milliseconds }) => current().hush(milliseconds),
  drain: () => current().drain(),
  finish: async () => {
    const ending = current();
    const finished = await ending.finish();
    session = null;
    await ending.close();
    return finished;
  },
  leave: async () => {
    const left = session;
    session = null;
    if (left === null) return;
    const { writer } = left;
    try {
      if (!writer.isEmpty) await left.finish();
    } finally {
      await left.close();
    }
    if (writer.isEmpty) await disk().journal.remove(left.take);
  },
  list: () => disk().journal.list(),
  read: ({ take }) => disk().journal.read(take),
  decide: ({ take, state, at }) => note(take, { type: 'state', state, at }),
  edit: ({ take, edit }) => (session?.take === take ? session.edit(edit) : note(take, { type: 'edit', edit })),
  remove: ({ take }) => disk().journal.remove(take),
};

/** One entry for a take that is not open. Durable when it resolves. */
async function note(take: Id, entry: JournalEntry): Promise<void> {
  const file = await disk().journal.reopen(take);
  try {
    await file.append([entry]);
    await file.flush();
  } finally {
    await file.close();
  }
}

async function answer({ id, call, input }: ToWorker): Promise<void> {
  try {
    const handler = handlers[call] as (input: unknown) => Promise<unknown>;
    tell({ type: 'done', id, output: await handler(input) });
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure('recorder.pipeline', { stage: call, reason: String(error) });
    tell({ type: 'failed', id, code: failure.code, evidence: failure.evidence });
  }
}

if (name === FLUSHER) serveFlushes();
else if (name === CAPTURER) serveCapture();
else addEventListener('message', (event: MessageEvent<ToWorker>) => void answer(event.data));
