import type { Happening } from '@earshot/client/earshot.ts';
import { nameOf } from '../conversation/naming.ts';
import type { App } from '../shell/app.ts';
import { sayKeeping } from '../words/keeping-words.ts';
import { mayKeep } from './lasting.tsx';

const STAYS = 20_000;

/** A message goes within a day: who said it, when it goes, and how to keep it. */
export async function warnOfEnding({ earshot, shelf, notices, words }: App, { message: id, at }: Extract<Happening, { type: 'ending' }>): Promise<void> {
  const message = await earshot.messages.get(id);
  if (message === null || message.removed !== null) return;
  const name = nameOf(shelf.find(message.conversation), message.from, shelf.people.value, words);
  const text = sayKeeping(words, message.mine ? 'endingMine' : 'ending', { name, time: words.moment(Math.max(at, earshot.now())) });
  notices.show({ said: { type: 'text', text }, ...(mayKeep(message) && { action: { label: 'do.keep' as const, run: () => earshot.messages.keep(id) } }) }, STAYS);
}
