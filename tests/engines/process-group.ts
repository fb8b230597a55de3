import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** Milliseconds that a program may take to say that it is ready. */
const PATIENCE = 90_000;

/** A program and all that it starts, in a session of their own: killing it is killing all of it. */
export class ProcessGroup {
  readonly #child: ChildProcess;
  #said = '';

  /** `env` is added to that of this process. What the program says on its standard error, and on descriptor 3, can be waited for. */
  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    // Read to the end, because a full pipe would stop it.
    for (const stream of this.#child.stdio.slice(2)) (stream as Readable | null)?.on('data', (piece) => (this.#said += String(piece)));
    this.#child.on('error', (error) => (this.#said += error.message));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#child.spawnfile} did not start: ${this.#said}`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the first group of `pattern` finds in what it says. */
  async says(pattern: RegExp): Promise<string> {
    return this.until(() => pattern.exec(this.#said)?.[1]);
  }

  /** Asks until there is an answer, as long as the program runs. */
  async until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const end = performance.now() + PATIENCE;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (!this.running || performance.now() > end) throw new Error(`${this.#child.spawnfile} did not become ready: ${this.#said.slice(-2_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** SIGKILL to the whole group. Resolves, when its first process has ended, to the moment of the signal: milliseconds since 1970. */
  async kill(): Promise<number> {
    if (!this.running || this.#child.pid === undefined) return Date.now();
    const ended = once(this.#child, 'exit');
    process.kill(-this.#child.pid, 'SIGKILL');
    const killed = Date.now();
    await ended;
    return killed;
  }
}

/**
 * Sound must be handed on in time. A desktop gives that work precedence over all other, a container does not; so on a machine that is
 * busy otherwise the whole session of this process gets it, if the kernel knows sessions and lets us. True if it did. Between two of
 * them, the lower number (-20 to -1) has precedence.
 */
export async function givePrecedence(pid: number, rank = -19): Promise<boolean> {
  return writeFile(`/proc/${pid}/autogroup`, String(rank)).then(() => true, () => false);
}
