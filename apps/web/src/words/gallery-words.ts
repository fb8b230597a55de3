import { galleryDe } from './gallery-de.ts';
import { galleryEn, type GalleryWordKey } from './gallery-en.ts';
import type { Words } from './words.ts';

export type GalleryWords = (key: GalleryWordKey, values?: Readonly<Record<string, string | number>>) => string;

/** The words of the gallery in the language of the app. */
export function galleryWords(words: Words): GalleryWords {
  const catalogue = words.locale.toLowerCase().startsWith('de') ? galleryDe : galleryEn;
  return (key, values = {}) => catalogue[key].replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole));
}
