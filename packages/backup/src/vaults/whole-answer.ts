import { concat } from '@earshot/base/encoding.ts';

export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A line on which nothing comes for so long is dead. Milliseconds. */
export const SILENCE = 30_000;
/** Nobody is told how far what is sent has come: it may take as long as on a line as slow as this. Bytes a millisecond; 128 kbit/s. */
const SLOWEST = 16;

/** Nothing came for too long. */
export class Silent extends Error {}

/**
 * All of an answer: also its end may never come. Rejects with `Silent`, and with the reason of `ending` as soon as that is aborted.
 * `sent`: how many bytes the question carries.
 */
export async function wholeAnswer(ask: (signal: AbortSignal) => Promise<Response>, sent: number, silence: number, ending?: AbortSignal): Promise<Answer> {
  const silent = new AbortController();
  const giveUp = (): void => silent.abort(new Silent(`nothing came for ${String(silence)} ms`));
  let timer = setTimeout(giveUp, silence + sent / SLOWEST);
  try {
    const answer = await ask(ending === undefined ? silent.signal : AbortSignal.any([silent.signal, ending]));
    const reader = answer.body?.getReader();
    const pieces: Uint8Array[] = [];
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silence);
      pieces.push(next.value);
    }
    return { status: answer.status, bytes: concat(pieces) };
  } finally {
    clearTimeout(timer);
  }
}
