import type { Text } from '@earshot/doctor/knowledge/schema.ts';
import { doctorDe } from './doctor-de.ts';
import { doctorEn, type DoctorWordKey } from './doctor-en.ts';
import type { Words } from './words.ts';
import { sayBytes } from './say-bytes.ts';

/** The Doctor's own words, and those of what it knows, in the language of the app. */
export interface DoctorWords {
  t(key: DoctorWordKey, values?: Readonly<Record<string, string | number>>): string;
  /** What is written in one language only is said in that. */
  say(text: Text): string;
  lines(text: { readonly en: readonly string[]; readonly de?: readonly string[] | undefined }): readonly string[];
  /** A number that was measured, with its unit; null for one that tells a person nothing. */
  measured(name: string, value: number): string | null;
}

export function doctorWords(words: Words): DoctorWords {
  const german = words.locale.toLowerCase().startsWith('de');
  const catalogue = german ? doctorDe : doctorEn;
  const t: DoctorWords['t'] = (key, values = {}) => catalogue[key].replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole));
  return {
    t,
    say: (text) => (german ? (text.de ?? text.en) : text.en),
    lines: (text) => (german ? (text.de ?? text.en) : text.en),
    measured: (name, value) => {
      const key = `measured_${name}`;
      return isKey(key) ? t(key, { value: shown(name, value, words) }) : null;
    },
  };
}

function shown(name: string, value: number, words: Words): string {
  if (name.endsWith('Bytes')) return sayBytes(words, value);
  return words.number(name.endsWith('BitsPerSecond') ? Math.round(value / 1_000) : Math.round(value * 10) / 10);
}

function isKey(key: string): key is DoctorWordKey {
  return Object.hasOwn(doctorEn, key);
}
