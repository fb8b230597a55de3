import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Evidence, Failure } from '@earshot/protocol/failures.ts';
import { lastBackup, rememberFailedBackup } from '@earshot/server/backup/remembered.node.ts';
import type { Context } from '../context.ts';
import type { Output } from '../output/output.ts';
import { backUpOnTime } from './scheduled.ts';

export interface Beside {
  readonly data: string;
  /** A folder, or `s3://BUCKET/FOLDER`. */
  readonly place: string;
  /** Milliseconds. */
  readonly every: number;
}

const program = fileURLToPath(new URL('../main.ts', import.meta.url));

/**
 * The backups of a server at work. Each is a process of its own, which lowers its priority: sealing takes little from those who are speaking,
 * and one that breaks takes nobody with it. For whom it is sealed stands in the place itself: the key that opens it is never here.
 */
export async function backUpBeside({ context, output }: { readonly context: Context; readonly output: Output }, { data, place, every }: Beside, signal: AbortSignal): Promise<void> {
  const { clock } = context;
  const make = async (): Promise<void> => {
    const began = clock.now();
    const wrong = await oneBackup(context, data, place, signal);
    if (wrong === null || signal.aborted) return;
    const { failed } = await lastBackup(data);
    const told = failed !== null && failed.at >= began ? failed : { at: clock.now(), code: 'server.fault' as const };
    output.failure(new Failure(told.code, { backup: place, ...wrong }));
    if (told !== failed) await rememberFailedBackup(data, told).catch((error: unknown) => output.note(`earshot: that could not be noted: ${String(error)}`));
  };
  await backUpOnTime({ clock, every, note: () => lastBackup(data), make }, signal);
}

/** What went wrong; null when nothing did. */
async function oneBackup(context: Context, data: string, place: string, signal: AbortSignal): Promise<Evidence | null> {
  try {
    const exit = await exitOf(started(context, data, place), signal);
    return exit === 0 ? null : { exit };
  } catch (error) {
    // A machine that has no room for another process now may have it in an hour.
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function started({ env, cwd }: Context, data: string, place: string): ChildProcess {
  const args = ['backup', '--server', '--data', data, '--to', place, '--existing', '--json'];
  // The channel tells it of our end, also of a sudden one.
  return spawn(process.execPath, [program, ...args], { cwd, env: { ...env, EARSHOT_LAUNCHED: '1' }, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}

/** Null when it was killed. Rejects when it could not be started. */
async function exitOf(child: ChildProcess, signal: AbortSignal): Promise<number | null> {
  const stop = (): void => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<number | null>((resolve, reject) => void child.once('exit', resolve).on('error', reject));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
