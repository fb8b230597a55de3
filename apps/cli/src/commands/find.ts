import type { Command } from 'commander';
import { type ChoiceOptions, queryOf, withChoice } from '../names/choice.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { describeMessage, wholeNumber } from './list.ts';
import { findMessage } from './save.ts';

export function defineFind(program: Command, stage: Stage): void {
  const command = withChoice(program.command('find'))
    .description('find messages, the newest first: by person, conversation, date, length, and the words kept with them')
    .argument('[words...]', 'each must stand in the name of the file or in the words kept with the message')
    .option('--limit <n>', 'at most so many', wholeNumber, 50);
  examples(command, 'earshot find plum cake', 'earshot find --from ben --after 2026-03-01 --longest 60 --json')
    .action(async (words: string[], options: ChoiceOptions & { readonly limit: number }) => {
      await stage.perform(options, async (output) => {
        await using session = await openSession(stage.context, options);
        await session.fresh(output);
        const { messages, count } = await session.earshot.messages.find({ ...(await queryOf(session, options)), words: words.join(' '), limit: options.limit });
        for (const message of messages) {
          const { line, text } = await describeMessage(session, message);
          output.result(line, text);
        }
        if (count > messages.length) output.note(`earshot: these are ${messages.length} of ${count}.`);
      });
    });
}

export function defineWords(program: Command, stage: Stage): void {
  const command = withProfile(program.command('words'))
    .description('keep words with a message, to find it by; only you see them, on all your devices')
    .argument('<id>', 'the message')
    .argument('[words...]', 'the words (default: none, which takes away those that were kept)');
  examples(command, 'earshot words 4hqk... recipe for plum cake').action(async (id: string, words: string[], options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const message = await findMessage(session, id);
      const kept = words.join(' ').trim() || null;
      await session.delivered(() => session.earshot.messages.keepWords(message.id, kept));
      output.result({ message: message.id, conversation: message.conversation, words: kept }, kept === null ? `Nothing is kept with ${message.id} any more.` : `Kept with ${message.id}: ${kept}`);
    });
  });
}
