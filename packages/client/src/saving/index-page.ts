import type { Message } from '../earshot.ts';
import { spokenLength } from './file-name.ts';
import { type Kept, mediaTypes, type SavedAs } from './saved.ts';

/** Of the message only what the page says: all of that stands in its sidecar as well. */
export interface IndexEntry extends Omit<Kept, 'message'> {
  readonly message: Pick<Message, 'conversation' | 'time' | 'seconds' | 'words' | 'fileName'>;
  /** The name of its file, which lies beside the page. */
  readonly file: string;
  readonly as: SavedAs;
}

/** What the page says by itself. */
export interface IndexWords {
  /** Of its language, as in `lang`. */
  readonly language: string;
  readonly title: string;
  /** Day and time of a message. */
  readonly when: (time: number) => string;
}

/** By this a page of ours is known from somebody's own, which is not to be written over. */
const MARK = '<meta name="generator" content="Earshot">';
/** So far from its beginning the mark stands at the latest: a page that only tells of it, further down, is somebody's own. */
const MARK_WITHIN = 500;

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0 auto; max-width: 44rem; padding: 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .75rem 0; }
p { margin: 0 0 .4rem; }
small { opacity: .75; }
audio { width: 100%; }
`;

/** A page that plays what lies beside it, in any browser, without a network and without a script. Oldest first, by conversation. */
export function indexPage(entries: readonly IndexEntry[], { language, title, when }: IndexWords): string {
  const conversations = Map.groupBy(entries.toSorted((one, other) => one.message.time - other.message.time), ({ message }) => message.conversation);
  const sections = [...conversations.values()].map((inside) => `<h2>${escaped(inside[0]?.conversation ?? '')}</h2>\n<ul>\n${inside.map((entry) => item(entry, when)).join('\n')}\n</ul>`);
  return `<!doctype html>
<html lang="${escaped(language)}">
<meta charset="utf-8">
${MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; media-src 'self' file:; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${sections.join('\n')}
`;
}

/** Whether this is the text of a page that `indexPage` made. */
export function isIndexPage(text: string): boolean {
  return text.slice(0, MARK_WITHIN).includes(MARK);
}

function item({ message, from, file, as }: IndexEntry, when: IndexWords['when']): string {
  const about = [when(message.time), spokenLength(message.seconds), ...(message.words === null ? [] : [message.words]), ...(message.fileName === null ? [] : [message.fileName])];
  const address = encodeURIComponent(file);
  return `<li><p><strong>${escaped(from)}</strong> <small>${escaped(about.join(' · '))}</small></p><audio controls preload="none"><source src="${address}" type="${mediaTypes[as]}"><a href="${address}">${escaped(file)}</a></audio></li>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
