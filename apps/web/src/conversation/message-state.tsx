import type { JSX } from 'preact';
import type { MessageState } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { Icon, type IconName } from '../shell/icons.tsx';

const icons: Readonly<Record<MessageState['at'], IconName>> = { sending: 'clock', 'set-aside': 'alert', stored: 'check', delivered: 'checks', heard: 'ear' };

export function StateIcon({ state, size = 18 }: { state: MessageState; size?: number }): JSX.Element {
  const { words } = useApp();
  return <span class={`state state-${state.at}`}><Icon name={icons[state.at]} size={size} /><span class="hidden">{words.t(`state.${state.at}`)}</span></span>;
}
