import type { Speech } from './speech.ts';
import { createWords, type Words } from './words.ts';

/** Fetched when it is spoken: a page needs one language. */
const languages = {
  en: async () => (await import('./english.ts')).english,
  de: async () => (await import('./german.ts')).german,
} satisfies Record<string, () => Promise<Speech>>;
export type Language = keyof typeof languages;

/** The first language wished for that is spoken here, with the region the person asked for. */
export function chooseLocale(wished: readonly string[]): { language: Language; locale: string } {
  for (const locale of wished) {
    const language = locale.split('-')[0]?.toLowerCase();
    if (language === 'en' || language === 'de') return { language, locale };
  }
  return { language: 'en', locale: 'en' };
}

export async function loadWords(wished: readonly string[], timeZone?: string): Promise<Words> {
  const { language, locale } = chooseLocale(wished);
  return createWords(await languages[language](), locale, timeZone);
}
