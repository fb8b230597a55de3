import { toBase64Url } from '@earshot/base/encoding.ts';
import type { Message } from '../earshot.ts';
import { messageFileName } from './file-name.ts';

/** Ogg is the sound as it was sent; the others are made of it. */
export type SavedAs = 'ogg' | 'm4a' | 'mp3' | 'wav';
export const savedAs: readonly SavedAs[] = ['ogg', 'm4a', 'mp3', 'wav'];

export const otherForms = ['m4a', 'mp3', 'wav'] as const satisfies readonly SavedAs[];

export const mediaTypes: Readonly<Record<SavedAs, string>> = { ogg: 'audio/ogg', m4a: 'audio/mp4', mp3: 'audio/mpeg', wav: 'audio/wav' };

/** A message with the names of those whom it concerns, as who saves it knows them. */
export interface Kept {
  readonly message: Message;
  readonly from: string;
  readonly conversation: string;
}

/** Whoever says that a message may be heard once decides alone whether it stays: those who hear it neither save it nor say it on. */
export function isForOnce({ expiry, keptFor, mine }: Pick<Message, 'expiry' | 'keptFor' | 'mine'>): boolean {
  return expiry?.seconds === 0 && keptFor === null && !mine;
}

/** What players show of a file. */
export interface SoundTags {
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly comment: string;
}

export function tagsOf({ message, from, conversation }: Kept): SoundTags {
  const date = new Date(message.time).toISOString().slice(0, 19);
  return { title: `${from}, ${date.slice(0, 16).replace('T', ' ')} UTC`, artist: from, album: conversation, date: `${date}Z`, comment: `Earshot message ${message.id}; sha256 as sent ${message.sha256}` };
}

/** The same as the comments of an Ogg Opus file. */
export function opusTags(tags: SoundTags): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name.toUpperCase(), value]));
}

export function savedName({ message: { time, seconds }, from }: Kept, as: SavedAs): string {
  return messageFileName({ time, from, seconds }, as);
}

export interface SavedFile {
  readonly name: string;
  readonly as: SavedAs;
  readonly bytes: number;
  readonly sha256: string;
}

/** Everything known about a message, to lie beside its file. `sha256` is that of the Ogg Opus file as sent, without tags; `file.sha256` that of the file beside it. */
export function sidecar({ message, from, conversation }: Kept, file: SavedFile): string {
  const { id, time, mine, seconds, samples, sha256, waveform, fileName, words, forwarded, heard, heardBy, deliveredTo } = message;
  const known = {
    format: 'earshot-message', version: 1, message: id, conversation: { id: message.conversation, name: conversation }, from: { person: message.from, name: from, me: mine },
    said: new Date(time).toISOString(), seconds, samples, sha256, file, fileName, words, forwarded, heard, heardBy, deliveredTo, waveform: toBase64Url(waveform),
  };
  return `${JSON.stringify(known, null, 2)}\n`;
}
