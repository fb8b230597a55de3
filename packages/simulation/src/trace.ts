import { createHash } from 'node:crypto';
import type { VirtualTime } from './time.ts';

/** What happened in a world, line by line, and what of it must not happen. */
export class Trace {
  readonly #time: VirtualTime;
  readonly #lines: string[] = [];
  readonly violations: string[] = [];

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  say(text: string): void {
    this.#lines.push(`${(this.#time.now / 1000).toFixed(3).padStart(10)} ${text}`);
  }

  /** A promise was broken. */
  violation(text: string): void {
    this.violations.push(text);
    this.say(`VIOLATION ${text}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Two runs with equal sums went the same way. */
  get sum(): string {
    return createHash('sha256').update(this.#lines.join('\n')).digest('hex');
  }
}
