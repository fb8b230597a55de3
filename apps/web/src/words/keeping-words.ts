import { keepingDe } from './keeping-de.ts';
import { keepingEn, type KeepingWordKey } from './keeping-en.ts';
import type { Words } from './words.ts';

export type KeepingWords = (key: KeepingWordKey, values?: Readonly<Record<string, string | number>>) => string;

/** The words of the gallery in the language of the app. */
export function keepingWords(words: Words): KeepingWords {
  const catalogue = words.locale.toLowerCase().startsWith('de') ? keepingDe : keepingEn;
  return (key, values = {}) => catalogue[key].replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole));
}
