import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import { isTerminal, terminalTalk } from '../doctor/talk.ts';
import type { Output } from '../output/output.ts';

/** Two devices show digits, and somebody at this terminal says whether they are the same. Throws `command.usage` where nobody sits. */
export function digitsAt(context: Context, output: Output): { same(digits: string): Promise<boolean> } {
  if (!isTerminal(context)) throw new Failure('command.usage', { option: '--digits', must: 'be used in a terminal, where somebody can compare' });
  return {
    same: async (digits) => {
      output.result({ digits }, digits);
      using talk = terminalTalk(context);
      const answer = await talk.words('Does the other device show the same seven digits? Type yes or no.');
      return answer?.toLowerCase() === 'yes';
    },
  };
}
