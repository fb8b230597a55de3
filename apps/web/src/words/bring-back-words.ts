import { bringBackDe } from './bring-back-de.ts';
import { bringBackEn, type BringBackKey } from './bring-back-en.ts';
import type { Words } from './words.ts';

export type BringBackWords = (key: BringBackKey, values?: Readonly<Record<string, string | number>>) => string;

/** The words of backing up and bringing back, in the language of the app. */
export function bringBackWords(words: Words): BringBackWords {
  const catalogue = words.locale.toLowerCase().startsWith('de') ? bringBackDe : bringBackEn;
  return (key, values = {}) => catalogue[key].replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole));
}
