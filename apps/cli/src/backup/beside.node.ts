import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Failure } from '@earshot/protocol/failures.ts';
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
    const ended = await oneBackup(context, data, place, signal);
    if (ended === 0 || signal.aborted) return;
    const { failed } = await lastBackup(data);
    const told = failed !== null && failed.at >= began ? failed : { at: clock.now(), code: 'server.fault' as const };
    output.failure(new Failure(told.code, { backup: place, exit: ended }));
    if (told !== failed) await rememberFailedBackup(data, told).catch((error: unknown) => output.note(`earshot: that could not be noted: ${String(error)}`));
  };
  await backUpOnTime({ clock, every, note: () => lastBackup(data), make }, signal);
}

/** The exit code of the process that made it; null when it was killed. */
async function oneBackup({ env, cwd }: Context, data: string, place: string, signal: AbortSignal): Promise<number | null> {
  const args = ['backup', '--server', '--data', data, '--to', place, '--existing', '--json'];
  // The channel tells it of our end, also of a sudden one.
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...env, EARSHOT_LAUNCHED: '1' }, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const stop = (): void => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<number | null>((resolve, reject) => void child.once('exit', resolve).once('error', reject));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
