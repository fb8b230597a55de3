import type { Happening } from '@earshot/client/earshot.ts';
import { titleOf } from '../conversation/naming.ts';
import { warnOfEnding } from '../keeping/warn.ts';
import { sayKeeping } from '../words/keeping-words.ts';
import { sayFailure } from '../words/say-failure.ts';
import type { App } from './app.ts';
import { FAILURE_STAYS } from './notices.ts';

type Unasked = Extract<Happening, { type: 'ending' | 'refused' | 'fault' }>;
type Failing = Exclude<Unasked, { type: 'ending' }>;

/** One thing that goes on failing in the background is said once in so long. Milliseconds. */
const AGAIN = 600_000;
const told = new Map<string, number>();

/** What a person is told without having asked: a message that goes soon, a change of a conversation that the server did not take, work of this device that failed. */
export async function tellUnasked(app: App, happening: Unasked): Promise<void> {
  await (happening.type === 'ending' ? warnOfEnding(app, happening) : tellOfFailure(app, happening));
}

async function tellOfFailure({ earshot, session, words, notices, clock }: App, happening: Failing): Promise<void> {
  const { code, evidence } = happening;
  const subject = happening.type === 'refused' ? happening.conversation : '';
  const last = told.get(`${subject} ${code}`);
  if (last !== undefined && clock.now() - last < AGAIN) return;
  told.set(`${subject} ${code}`, clock.now());
  const conversation = happening.type === 'refused' ? (await earshot.conversations.get(subject)) : null;
  if (conversation === null) return notices.show({ said: { type: 'failure', code, evidence } }, FAILURE_STAYS);
  const text = sayKeeping(words, 'refused', { name: titleOf(conversation, session.who.value?.person ?? '', words), why: sayFailure(code, evidence, words) });
  notices.show({ said: { type: 'text', text } }, FAILURE_STAYS);
}
