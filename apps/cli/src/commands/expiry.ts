import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import { resolveConversation } from '../names/resolve.ts';
import { readTerm, termForm, writeTerm } from '../names/term.ts';
import type { Output } from '../output/output.ts';
import { examples, type Stage, withProfile } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';
import { conversationFor } from './send.ts';

interface ExpiryOptions extends ProfileOptions {
  readonly mine?: true;
}

/** How long what is said stays once it was heard. */
export function defineExpiry(program: Command, stage: Stage): void {
  const command = withProfile(program.command('expiry'))
    .description('when what is sent into a conversation ends for whoever heard it: show it, or set it for everybody there')
    .argument('[conversation]', 'a person, group or conversation')
    .argument('[term]', termForm)
    .option('--mine', 'instead, for what you send wherever nothing was set');
  examples(command, 'earshot expiry ben', 'earshot expiry ben 30d', 'earshot expiry --mine 7d').action(async (first: string | undefined, second: string | undefined, options: ExpiryOptions) => {
    await stage.perform(options, async (output) => {
      const [name, term] = options.mine === true ? [undefined, first] : [first, second];
      if ((name === undefined) !== (options.mine === true) || (options.mine === true && second !== undefined)) throw new Failure('command.usage', { message: 'name a conversation, or say --mine' });
      const seconds = term === undefined ? undefined : readTerm(term);
      if (term !== undefined && seconds === undefined) throw new Failure('command.usage', { message: `the time must be ${termForm}`, seen: term });
      await using session = await openSession(stage.context, options);
      await (name === undefined ? mine(session, output, seconds) : ofConversation(session, output, name, seconds));
    });
  });
}

async function ofConversation(session: Session, output: Output, name: string, seconds: number | null | undefined): Promise<void> {
  const { conversations } = session.earshot;
  if (seconds === undefined) await session.fresh(output);
  const conversation = seconds === undefined ? await session.find((known) => resolveConversation(name, known)) : await conversationFor(session, name);
  if (seconds !== undefined) await session.delivered(() => conversations.setExpiry(conversation, seconds));
  const expiry = (await conversations.get(conversation))?.expiry ?? null;
  output.result({ conversation, expiry, term: writeTerm(expiry) }, sentence(expiry));
}

async function mine(session: Session, output: Output, seconds: number | null | undefined): Promise<void> {
  const { conversations } = session.earshot;
  if (seconds === undefined) await session.fresh(output);
  else await session.delivered(async () => await conversations.setExpiry(await conversations.direct((await session.me()).person), seconds));
  const { usual, least, most } = await conversations.expiryRules();
  output.result({ mine: true, expiry: usual, term: writeTerm(usual), least, most }, `${sentence(usual)} Allowed here: never, and ${writeTerm(least)} to ${writeTerm(most)}.`);
}

function sentence(seconds: number | null): string {
  if (seconds === null) return 'What is sent stays.';
  return seconds === 0 ? 'What is sent can be heard once.' : `What is sent ends ${writeTerm(seconds)} after it was heard.`;
}
