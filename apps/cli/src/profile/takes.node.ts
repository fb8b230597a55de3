import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { OutgoingFace } from '@earshot/client/earshot.ts';
import { makeFolder, writeWhole } from '../files/write-file.node.ts';

/**
 * Which takes are being made by this profile's commands, so that one whose command was killed is cleared by the next: what it read
 * is gone with it, and half a message helps nobody. A take that was decided to be sent is the outbox's, and not touched.
 *
 *     note written ─▶ take begun ─▶ ... ─▶ sent or cancelled ─▶ note removed
 */
export class TakeNotes {
  readonly #folder: string;
  readonly #random: Random;

  constructor(profile: string, random: Random) {
    this.#folder = join(profile, 'takes');
    this.#random = random;
  }

  async write(take: Id): Promise<void> {
    await makeFolder(this.#folder, 0o700);
    const note = JSON.stringify({ pid: process.pid, began: await beganAt(process.pid) });
    await writeWhole(join(this.#folder, take), new TextEncoder().encode(note), { force: true, random: this.#random, mode: 0o600 });
  }

  async remove(take: Id): Promise<void> {
    await unlink(join(this.#folder, take)).catch(ignoreMissing);
  }

  /** Cancels what killed commands left behind. Returns how many takes that were. */
  async clear(outgoing: Pick<OutgoingFace, 'reopen'>): Promise<number> {
    let cleared = 0;
    for (const take of await this.#left()) {
      const left = await outgoing.reopen(take);
      if (left !== null) {
        await left.cancel();
        cleared += 1;
      }
      await this.remove(take);
    }
    return cleared;
  }

  async #left(): Promise<Id[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      ignoreMissing(error);
      return [];
    });
    const left: Id[] = [];
    for (const name of names) {
      if (name.startsWith('.')) continue;
      if (!(await isAtWork(await readFile(join(this.#folder, name), 'utf8').catch(missingIsEmpty)))) left.push(name);
    }
    return left;
  }
}

/** Whether the command that wrote the note still runs. */
async function isAtWork(note: string): Promise<boolean> {
  const { pid, began } = parse(note);
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return began === (await beganAt(pid));
}

/** Numbers of processes are used again; the time one began tells them apart. Empty where the system does not say. */
async function beganAt(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(missingIsEmpty);
  // The name in parentheses may hold spaces; the time is the 20th field behind it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function parse(note: string): { pid: number; began: string } {
  const [, pid = '0', began = ''] = /^\{"pid":(\d+),"began":"(\d*)"\}$/.exec(note) ?? [];
  return { pid: Number(pid), began };
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

function missingIsEmpty(error: unknown): string {
  ignoreMissing(error);
  return '';
}
