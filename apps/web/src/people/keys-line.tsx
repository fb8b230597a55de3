import type { JSX } from 'preact';
import type { PeopleFace } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import type { KeysWordKey } from '../words/keys-en.ts';
import { keysWords } from '../words/keys-words.ts';
import type { Words } from '../words/words.ts';

type Why = Awaited<ReturnType<PeopleFace['safety']>>['changes'][number]['why'];

const SENTENCES: Readonly<Record<Why, KeysWordKey>> = {
  device: 'changedDevice', removed: 'changedRemoved', code: 'changedCode', recovered: 'changedRecovered', unknown: 'changedUnknown',
};

/** Why somebody's keys changed, in a sentence. */
export function sayWhy(words: Words, why: Why, name: string): string {
  return keysWords(words)(SENTENCES[why], { name });
}

/** Quiet where she herself vouches for it, loud where nobody does. */
export function KeysLine({ why, name }: { why: Why; name: string }): JSX.Element {
  const { words } = useApp();
  const sentence = sayWhy(words, why, name);
  return why === 'unknown' ? <span class="problem" role="alert">{sentence}</span> : <>{sentence}</>;
}
