import type { Writable } from 'node:stream';
import { failures } from '@earshot/protocol/failure-entries.ts';
import type { Failure } from '@earshot/protocol/failures.ts';

export type JsonLine = { readonly [field: string]: unknown };

/** The two streams of a command, and whether people watch the second. */
export interface Screen {
  readonly out: Writable;
  readonly err: Writable & { readonly isTTY?: boolean };
}

/**
 * What a command says. Results go to standard output: one line each, for people or (`--json`) as one JSON object. Everything
 * meant for people only goes to standard error, so that a pipe never sees it.
 */
export class Output {
  readonly json: boolean;
  readonly #screen: Screen;
  #progress = '';

  constructor(screen: Screen, json: boolean) {
    this.#screen = screen;
    this.json = json;
  }

  /** One result. Fields that are undefined are left out. */
  result(line: JsonLine, text: string): void {
    this.progress('');
    this.#screen.out.write(`${this.json ? JSON.stringify(line) : text}\n`);
  }

  /** A remark for people. */
  note(text: string): void {
    this.progress('');
    this.#screen.err.write(`${text}\n`);
  }

  /** A line that the next one replaces; only where somebody watches. An empty text clears it. */
  progress(text: string): void {
    if (this.#screen.err.isTTY !== true || this.json || text === this.#progress) return;
    this.#progress = text;
    this.#screen.err.write(`\r\u001b[K${text}`);
  }

  /** Says why it did not work: as JSON where the results would have been, and in words for people. */
  failure(failure: Failure): void {
    const { code, evidence } = failure;
    const { cause, next, owner } = failures[code];
    if (this.json) this.#screen.out.write(`${JSON.stringify({ error: { code, cause, next, owner, evidence } })}\n`);
    this.note(`earshot: ${said(failure)}`);
  }
}

/** What is said before the traces of a mistake of ours, which is no failure. */
export const faultOfOurs = 'earshot: this is a fault of Earshot itself. Please report it with these lines:';

/** A failure in words for people. */
export function said({ code, evidence }: Failure): string {
  const { cause, next } = failures[code];
  return `${cause} ${next} [${[code, ...facts(evidence)].join('; ')}]`;
}

function facts(evidence: Failure['evidence']): string[] {
  return Object.entries(evidence).map(([name, value]) => `${name}: ${String(value)}`);
}
