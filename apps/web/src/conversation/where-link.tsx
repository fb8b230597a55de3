import type { JSX } from 'preact';
import type { Message } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { Link } from '../shell/link.tsx';

/** The way to every place where a message could still be. */
export function WhereLink({ message }: { message: Message['id'] }): JSX.Element {
  return <Link to={{ at: 'where', message }} class="doctor-link">{useApp().words.t('message.where')}</Link>;
}
