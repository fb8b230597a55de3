import type { JSX } from 'preact';
import type { MessageState } from '@earshot/client/earshot.ts';
import { unreachable } from '@earshot/base/assert.ts';
import { useApp } from '../shell/app.ts';
import { Icon, type IconName } from '../shell/icons.tsx';
import type { Words } from '../words/words.ts';

const icons: Readonly<Record<MessageState['at'], IconName>> = { sending: 'clock', 'set-aside': 'alert', stored: 'check', delivered: 'checks', heard: 'ear' };

export function StateIcon({ state, size = 18 }: { state: MessageState; size?: number }): JSX.Element {
  const { words } = useApp();
  return <span class={`state state-${state.at}`}><Icon name={icons[state.at]} size={size} /><span class="hidden">{words.t(`state.${state.at}`)}</span></span>;
}

/** Why a message is not on the server yet; null when there is nothing to explain. */
export function stateSentence(state: MessageState, words: Words): string | null {
  switch (state.at) {
    case 'sending': {
      if (state.waiting === null) return state.bytes > 60_000 ? words.t('state.progress', { percent: percent(state.bytesStored / state.bytes, words) }) : null;
      const { cause, next } = words.failure(state.waiting.code);
      return `${words.t('state.waiting', { cause, next })} ${words.t('state.waitingUntil', { time: words.time(state.waiting.until) })}`;
    }
    case 'set-aside':
      return words.t('state.setAside', words.failure(state.code));
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
