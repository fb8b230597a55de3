import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { sayKeeping } from '../words/keeping-words.ts';

/** Somebody said how long what is said here stays. */
export function ExpiryLine({ seconds, mine, name }: { seconds: number | null; mine: boolean; name: string }): JSX.Element {
  const { words } = useApp();
  const key = seconds === null ? 'changeStays' : seconds === 0 ? 'changeOnce' : 'changeExpires';
  return <>{sayKeeping(words, mine ? `${key}Mine` : key, { name, span: words.span(seconds ?? 0) })}</>;
}
