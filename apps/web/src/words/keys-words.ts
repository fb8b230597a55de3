import { keysDe } from './keys-de.ts';
import { keysEn, type KeysWordKey } from './keys-en.ts';
import type { Words } from './words.ts';

export type KeysWords = (key: KeysWordKey, values?: Readonly<Record<string, string | number>>) => string;

/** In the language of the app. */
export function keysWords(words: Words): KeysWords {
  const catalogue = words.locale.toLowerCase().startsWith('de') ? keysDe : keysEn;
  return (key, values = {}) => catalogue[key].replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole));
}
