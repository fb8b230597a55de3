import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Evidence, Failure, type FailureCode, isFailureCode } from '@earshot/protocol/failures.ts';
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
  /** How many backups stay there. */
  readonly keep: number;
}

/** Of one that was not made. Null: its process ended without a word. */
interface Wrong {
  readonly code: FailureCode | null;
  readonly evidence: Evidence;
}

const program = fileURLToPath(new URL('../main.ts', import.meta.url));

/**
 * The backups of a server at work. Each is a process of its own, which lowers its priority: sealing takes little from those who are speaking,
 * and one that breaks takes nobody with it. For whom it is sealed stands in the place itself: the key that opens it is never here.
 */
export async function backUpBeside({ context, output }: { readonly context: Context; readonly output: Output }, beside: Beside, signal: AbortSignal): Promise<void> {
  const { clock } = context;
  const { data, place, every } = beside;
  const make = async (): Promise<void> => {
    const began = clock.now();
    const wrong = await oneBackup(context, beside, signal);
    // One that is being made by hand tells itself how it went, and this one looks again soon.
    if (wrong === null || wrong.code === 'backup.running' || signal.aborted) return;
    const { failed } = await lastBackup(data);
    const noted = failed !== null && failed.at >= began ? failed : null;
    const told = noted ?? { at: clock.now(), code: wrong.code ?? ('server.fault' as const) };
    output.failure(new Failure(told.code, { backup: place, ...wrong.evidence }));
    if (noted === null) await rememberFailedBackup(data, told).catch((error: unknown) => output.note(`earshot: that could not be noted: ${String(error)}`));
  };
  await backUpOnTime({ clock, every, note: () => lastBackup(data), make }, signal);
}

/** What went wrong; null when nothing did. */
async function oneBackup(context: Context, beside: Beside, signal: AbortSignal): Promise<Wrong | null> {
  try {
    const { exit, said } = await endOf(started(context, beside), signal);
    return exit === 0 ? null : { code: codeIn(said), evidence: { exit } };
  } catch (error) {
    // A machine that has no room for another process now may have it in an hour.
    return { code: null, evidence: { reason: error instanceof Error ? error.message : String(error) } };
  }
}

function started({ env, cwd }: Context, { data, place, keep }: Beside): ChildProcess {
  const args = ['backup', '--server', '--data', data, '--to', place, '--keep', String(keep), '--existing', '--json'];
  // The channel tells it of our end, also of a sudden one.
  return spawn(process.execPath, [program, ...args], { cwd, env: { ...env, EARSHOT_LAUNCHED: '1' }, stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
}

/** How it ended, null when it was killed, and what it said. Rejects when it could not be started. */
async function endOf(child: ChildProcess, signal: AbortSignal): Promise<{ readonly exit: number | null; readonly said: string }> {
  const stop = (): void => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => void (said += text));
  try {
    const exit = await new Promise<number | null>((resolve, reject) => void child.once('close', resolve).on('error', reject));
    return { exit, said };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Which failure the lines of a command tell of. */
function codeIn(said: string): FailureCode | null {
  const code = /^\{"error":\{"code":"([a-z.-]+)"/m.exec(said)?.[1];
  return code !== undefined && isFailureCode(code) ? code : null;
}
