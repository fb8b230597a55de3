import { signal, type ReadonlySignal } from '@preact/signals';
import { makeId, type Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure, type Evidence, type FailureCode } from '@earshot/protocol/failures.ts';
import type { ChosenExpiry, NextLasts } from '../keeping/next-lasts.ts';
import type { Notices } from '../shell/notices.ts';
import type { ConvertedSound } from './conversion.ts';

export type Converter = (file: File, progress: (share: number) => void, signal: AbortSignal) => Promise<ConvertedSound>;

/** A file on its way to become a message, or the reason why it does not. */
export type ImportState =
  | { readonly at: 'converting'; readonly conversation: Id; readonly name: string; readonly share: number }
  /** Too late to cancel. */
  | { readonly at: 'sending'; readonly conversation: Id; readonly name: string }
  | { readonly at: 'refused'; readonly conversation: Id; readonly name: string; readonly code: FailureCode; readonly evidence: Evidence }
  | null;

export interface Importing {
  readonly state: ReadonlySignal<ImportState>;
  /** One file at a time becomes a message. */
  offer(conversation: Id, files: readonly File[]): void;
  /** Ends what is not being sent yet, or closes the refusal. */
  dismiss(): void;
  /** The person has left: what is not being sent yet ends. */
  leave(): void;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'outgoing'>;
  readonly convert: Converter;
  readonly random: Random;
  readonly notices: Notices;
  readonly next: Pick<NextLasts, 'spend'>;
  /** Resolves to whether to send a file in which nothing can be heard. */
  readonly askSilent: () => Promise<boolean>;
}

/** Longest name of a file that travels in a message's body, in characters. */
const NAME_LENGTH = 255;

export function createImporting({ earshot, convert, random, notices, next, askSilent }: Parts): Importing {
  const state = signal<ImportState>(null);
  let running: AbortController | null = null;

  const send = async (conversation: Id, name: string, sound: ConvertedSound, chosen: ChosenExpiry, { signal: ended }: AbortController): Promise<void> => {
    const take = await earshot.outgoing.begin({ take: makeId(random), conversation });
    try {
      await take.append(sound.packets);
      ended.throwIfAborted();
      // From here on it is in the outbox, or will be: nobody is offered to cancel it.
      state.value = { at: 'sending', conversation, name };
      const { samples, preSkip, waveform } = sound;
      await take.send({ samples, preSkip, waveform, source: { from: 'file', name: name.slice(0, NAME_LENGTH) }, ...chosen });
    } catch (error) {
      // Nothing half-made stays: the file itself is where it was.
      await take.cancel();
      throw error;
    }
  };
  const run = async (conversation: Id, file: File, ended: AbortController): Promise<void> => {
    const { name } = file;
    /** What was ended shows nothing any more: another file may be under way. */
    const show = (now: ImportState): void => {
      if (!ended.signal.aborted) state.value = now;
    };
    const progress = (share: number): void => show({ at: 'converting', conversation, name, share });
    progress(0);
    try {
      // What was chosen for the next message is this file's from now on, however long it is read.
      await next.spend(conversation, async (chosen) => {
        const sound = await convert(file, progress, ended.signal);
        ended.signal.throwIfAborted();
        if (sound.silent && !(await askSilent())) {
          show(null);
          ended.abort();
        }
        ended.signal.throwIfAborted();
        await send(conversation, name, sound, chosen, ended);
      });
      // Its person has left meanwhile: it goes out in her name, and nobody else is told.
      if (ended.signal.aborted) return;
      show(null);
      notices.show({ said: { type: 'words', key: 'file.sent', values: { name } } }, 5_000);
    } catch (error) {
      if (ended.signal.aborted) return;
      show(error instanceof Failure ? { at: 'refused', conversation, name, code: error.code, evidence: error.evidence } : null);
      if (!(error instanceof Failure)) throw error;
    }
  };
  const end = (): void => {
    running?.abort();
    running = null;
    state.value = null;
  };
  return {
    state,
    offer: (conversation, files) => {
      const [file] = files;
      if (!file) return;
      if (files.length > 1 || (state.value !== null && state.value.at !== 'refused')) {
        notices.show({ said: { type: 'words', key: 'file.one' } }, 5_000);
        return;
      }
      running = new AbortController();
      run(conversation, file, running).catch(notices.failed);
    },
    dismiss: () => {
      const at = state.value?.at;
      if (at === 'sending') return;
      end();
      if (at === 'converting') notices.show({ said: { type: 'words', key: 'file.cancelled' } }, 4_000);
    },
    leave: end,
  };
}
