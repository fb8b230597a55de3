import { keepingDe } from './keeping-de.ts';
import { keepingEn, type KeepingWordKey } from './keeping-en.ts';
import type { Words } from './words.ts';

/** A sentence about keeping, in the language of the app. */
export function sayKeeping(words: Words, key: KeepingWordKey, values: Readonly<Record<string, string>> = {}): string {
  const catalogue = words.locale.toLowerCase().startsWith('de') ? keepingDe : keepingEn;
  return catalogue[key].replaceAll(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}
