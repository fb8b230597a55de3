import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.ts';

export interface Choice {
  readonly id: string;
  readonly text: string;
}

/** A conversation on a terminal. `null` is "I do not know"; whoever ends the input, or types `q`, leaves. */
export interface Talk {
  say(text: string): void;
  /** Any words; null for none. */
  words(question: string): Promise<string | null>;
  choose(question: string, choices: readonly Choice[]): Promise<string | null>;
}

/** Thrown where somebody leaves in the middle. */
export class Left extends Error {
  override readonly name = 'Left';
}

/** Whether somebody sits there who can be asked. */
export function isTerminal({ in: from, err }: Context): boolean {
  return from.isTTY === true && err.isTTY === true;
}

/** Speaks on standard error, where remarks for people go. Ends with the command. */
export function terminalTalk({ in: from, err, ending }: Context): Talk & Disposable {
  const reader = createInterface({ input: from, output: err, terminal: false });
  const lines = reader[Symbol.asyncIterator]();
  const read = async (prompt: string): Promise<string> => {
    err.write(prompt);
    const line = await Promise.race([lines.next(), aborted(ending)]);
    const typed = line === null || line.done === true ? 'q' : line.value.trim();
    if (typed.toLowerCase() === 'q') throw new Left();
    return typed;
  };
  return {
    say: (text) => void err.write(`${text}\n`),
    words: async (question) => (await read(`\n${question}\n> `)) || null,
    choose: async (question, choices) => {
      err.write(`\n${question}\n${choices.map(({ text }, at) => `  ${at + 1}  ${text}`).join('\n')}\n`);
      for (;;) {
        const typed = await read(`1 to ${choices.length}, or Enter if you do not know, or q to leave > `);
        if (typed === '') return null;
        const chosen = choices[Number(typed) - 1];
        if (chosen !== undefined) return chosen.id;
      }
    },
    [Symbol.dispose]: () => reader.close(),
  };
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((done) => {
    if (signal.aborted) done(null);
    signal.addEventListener('abort', () => done(null), { once: true });
  });
}
