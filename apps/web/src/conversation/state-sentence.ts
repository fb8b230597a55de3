import type { MessageState } from '@earshot/client/earshot.ts';
import { unreachable } from '@earshot/base/assert.ts';
import { sayFailure } from '../words/say-failure.ts';
import type { Words } from '../words/words.ts';

/** Why a message is not on the server yet; null when there is nothing to explain. `now` by the clock of this device, as the next try is. */
export function stateSentence(state: MessageState, words: Words, now: number): string | null {
  switch (state.at) {
    case 'sending': {
      if (state.waiting === null) return state.bytes > 60_000 ? words.t('state.progress', { percent: percent(state.bytesStored / state.bytes, words) }) : null;
      const { code, evidence, until } = state.waiting;
      const why = sayFailure(code, { ...evidence, until: null }, words);
      // The next try has begun already: there is no time to name until it has failed as well, or got through.
      return until > now ? `${why} ${words.t('state.waitingUntil', { time: words.time(until) })}` : why;
    }
    case 'set-aside':
      return words.t('state.setAside', { why: sayFailure(state.code, state.evidence, words) });
    case 'stored':
    case 'delivered':
    case 'heard':
      return null;
    default:
      return unreachable(state);
  }
}

export function percent(share: number, words: Words): string {
  return new Intl.NumberFormat(words.locale, { style: 'percent', maximumFractionDigits: 0 }).format(Math.min(1, Math.max(0, share)));
}
