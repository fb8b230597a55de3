import type { Command } from 'commander';
import { AudioError } from '@earshot/audio/audio-error.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from './context.ts';
import { exitCodeOf, type ExitCode } from './output/exit-codes.ts';
import { Output } from './output/output.ts';
import { audioFailure } from './sound/audio-failure.ts';

/** What every command is defined with: where its words go, and where its exit code is left. */
export class Stage {
  readonly context: Context;
  exitCode: ExitCode = 0;

  constructor(context: Context) {
    this.context = context;
  }

  /**
   * Runs a command's work and turns its outcome into an exit code. A `Failure` is said in its own words; anything else is our
   * bug and goes on to `main.ts`, with its stack.
   */
  async perform(options: { readonly json?: true }, work: (output: Output) => Promise<ExitCode | void>): Promise<void> {
    const output = new Output(this.context, options.json === true);
    try {
      this.exitCode = (await work(output)) ?? 0;
    } catch (error) {
      this.exitCode = this.#outcomeOf(error, output);
    }
    output.progress('');
  }

  #outcomeOf(error: unknown, output: Output): ExitCode {
    const { ending } = this.context;
    // What was cut short by an interrupt fails with whatever it was doing; the interrupt is the reason.
    if (isAbort(error) || (ending.aborted && error === ending.reason)) return endedWith(ending);
    const failure = failureOf(error);
    output.failure(failure);
    return exitCodeOf(failure.code);
  }
}

/** The exit code of a command that was interrupted; see `Context.ending`. */
export function endedWith(ending: AbortSignal): ExitCode {
  return ending.reason === 143 ? 143 : ending.reason === 0 ? 0 : 130;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof AudioError) return audioFailure(error);
  throw error;
}

/** The options of every command. */
export function common(command: Command): Command {
  return command.option('--json', 'print one JSON object per line');
}

/** The options of every command that acts for a person. */
export function withProfile(command: Command): Command {
  return common(command).option('--profile <dir>', 'folder of your account on this machine (default: $EARSHOT_PROFILE or ~/.config/earshot)');
}

export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
