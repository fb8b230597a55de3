import { signal, type ReadonlySignal } from '@preact/signals';
import { makeId, type Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure, type Evidence, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Notices } from '../shell/notices.ts';
import type { ConvertedSound } from './conversion.ts';

export type Converter = (file: File, progress: (share: number) => void, signal: AbortSignal) => Promise<ConvertedSound>;

/** A file on its way to become a message, or the reason why it does not. */
export type ImportState =
  | { readonly at: 'converting'; readonly conversation: Id; readonly name: string; readonly share: number }
  | { readonly at: 'refused'; readonly conversation: Id; readonly name: string; readonly code: FailureCode; readonly evidence: Evidence }
  | null;

export interface Importing {
  readonly state: ReadonlySignal<ImportState>;
  /** One file at a time becomes a message. */
  offer(conversation: Id, files: readonly File[]): void;
  /** Ends the conversion, or closes the refusal. */
  dismiss(): void;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'outgoing'>;
  readonly convert: Converter;
  readonly random: Random;
  readonly notices: Notices;
  /** Resolves to whether to send a file in which nothing can be heard. */
  readonly askSilent: () => Promise<boolean>;
}

/** Longest name of a file that travels in a message's body, in characters. */
const NAME_LENGTH = 255;

export function createImporting({ earshot, convert, random, notices, askSilent }: Parts): Importing {
  const state = signal<ImportState>(null);
  let running: AbortController | null = null;

  const send = async (conversation: Id, name: string, sound: ConvertedSound): Promise<void> => {
    const take = await earshot.outgoing.begin({ take: makeId(random), conversation });
    try {
      await take.append(sound.packets);
      const { samples, preSkip, waveform } = sound;
      await take.send({ samples, preSkip, waveform, source: { from: 'file', name: name.slice(0, NAME_LENGTH) } });
    } catch (error) {
      // Nothing half-made stays: the file itself is where it was.
      await take.cancel();
      throw error;
    }
  };
  const run = async (conversation: Id, file: File, ended: AbortController): Promise<void> => {
    const { name } = file;
    state.value = { at: 'converting', conversation, name, share: 0 };
    try {
      const sound = await convert(file, (share) => {
        if (!ended.signal.aborted) state.value = { at: 'converting', conversation, name, share };
      }, ended.signal);
      if (sound.silent && !(await askSilent())) {
        state.value = null;
        return;
      }
      await send(conversation, name, sound);
      state.value = null;
      notices.show({ said: { type: 'words', key: 'file.sent', values: { name } } }, 5_000);
    } catch (error) {
      if (ended.signal.aborted) return;
      state.value = error instanceof Failure ? { at: 'refused', conversation, name, code: error.code, evidence: error.evidence } : null;
      if (!(error instanceof Failure)) throw error;
    }
  };
  return {
    state,
    offer: (conversation, files) => {
      const [file] = files;
      if (!file) return;
      if (files.length > 1 || state.value?.at === 'converting') {
        notices.show({ said: { type: 'words', key: 'file.one' } }, 5_000);
        return;
      }
      running = new AbortController();
      run(conversation, file, running).catch(notices.failed);
    },
    dismiss: () => {
      const converting = state.value?.at === 'converting';
      running?.abort();
      running = null;
      state.value = null;
      if (converting) notices.show({ said: { type: 'words', key: 'file.cancelled' } }, 4_000);
    },
  };
}
