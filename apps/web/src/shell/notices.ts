import { signal, type ReadonlySignal } from '@preact/signals';
import { Failure, type FailureCode, type Evidence } from '@earshot/protocol/failures.ts';
import type { Clock } from '@earshot/base/clock.ts';
import type { WordKey } from '../words/en.ts';

/** One line at the bottom that passes: what was done and how to undo it, or what failed and what to do. */
export interface Notice {
  readonly key: number;
  readonly said: Said;
  readonly action?: { readonly label: WordKey; readonly run: () => Promise<void> | void };
}

export type Said =
  | { readonly type: 'words'; readonly key: WordKey; readonly values?: Readonly<Record<string, string | number>> }
  /** Said already, in words that came later than the others. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'failure'; readonly code: FailureCode; readonly evidence: Evidence };

export interface Notices {
  readonly current: ReadonlySignal<Notice | null>;
  /** What a screen reader is told, beside what is shown. */
  readonly announced: ReadonlySignal<string>;
  show(notice: Omit<Notice, 'key'>, milliseconds: number): void;
  dismiss(): void;
  /** A sentence for screen readers only: recording started, paused, kept, sent. */
  announce(sentence: string): void;
  /** Says what failed, whatever it is: somebody waits for what she asked for. Our own bugs are reported as well, so that they are seen as bugs. */
  failed(error: unknown): void;
  /** Runs something a person asked for; what fails is said. Resolves to whether it went well. */
  attempt(work: () => Promise<unknown>): Promise<boolean>;
}

export const FAILURE_STAYS = 9_000;

/** What a browser's own errors mean to a person, by their names. */
const codes: ReadonlyMap<string, FailureCode> = new Map<string, FailureCode>([
  ['EncodingError', 'play.unsupported'], ['QuotaExceededError', 'device.storage'], ['NotReadableError', 'file.unreadable'], ['NotFoundError', 'file.unreadable'],
]);

function saidOf(error: unknown): Said {
  if (error instanceof Failure) return { type: 'failure', code: error.code, evidence: error.evidence };
  const name = error instanceof DOMException ? error.name : '';
  const code = codes.get(name);
  if (code !== undefined) return { type: 'failure', code, evidence: { name } };
  // Usually the touch was too long ago: by the next one what had to be fetched is there.
  return { type: 'words', key: name === 'NotAllowedError' ? 'app.refused' : 'app.fault' };
}

export function createNotices(clock: Clock): Notices {
  const current = signal<Notice | null>(null);
  const announced = signal('');
  let count = 0;
  const show: Notices['show'] = (notice, milliseconds) => {
    count += 1;
    const key = count;
    current.value = { ...notice, key };
    void clock.sleep(milliseconds).then(() => {
      if (current.value?.key === key) current.value = null;
    });
  };
  const failed = (error: unknown): void => {
    if (!(error instanceof Failure)) reportError(error);
    show({ said: saidOf(error) }, FAILURE_STAYS);
  };
  return {
    current,
    announced,
    show,
    failed,
    dismiss: () => {
      current.value = null;
    },
    // The same sentence twice in a row would not be read twice: a no-break space makes it another one.
    announce: (sentence) => {
      announced.value = announced.value === sentence ? `${sentence}\u00A0` : sentence;
    },
    attempt: async (work) => {
      try {
        await work();
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    },
  };
}
