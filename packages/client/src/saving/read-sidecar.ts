import * as v from 'valibot';
import type { IndexEntry } from './index-page.ts';
import { savedAs } from './saved.ts';

/** What the page says of a message, out of what lies beside its file; whatever else is known there may be of a later version. */
const schema = v.object({
  format: v.literal('earshot-message'),
  message: v.string(),
  conversation: v.object({ id: v.string(), name: v.string() }),
  from: v.object({ name: v.string() }),
  said: v.pipe(v.string(), v.check((text) => !Number.isNaN(Date.parse(text)))),
  seconds: v.number(),
  file: v.object({ as: v.picklist(savedAs) }),
  fileName: v.nullable(v.string()),
  words: v.nullable(v.string()),
});

/** What the sidecar `text` says of the file `file`, beside which it lies; null where it is none of ours. */
export function readSidecar(text: string, file: string): IndexEntry | null {
  const read = v.safeParse(schema, parsed(text));
  if (!read.success) return null;
  const { conversation, from, said, seconds, fileName, words, file: { as } } = read.output;
  return { message: { conversation: conversation.id, time: Date.parse(said), seconds, fileName, words }, from: from.name, conversation: conversation.name, file, as };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
