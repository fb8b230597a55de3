import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { silentLog } from '@earshot/base/log.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openOperator } from '@earshot/server/operator.ts';
import type { RunningServer, ServerOptions } from '@earshot/server/options.ts';
import { startServer } from '@earshot/server/server.ts';
import { makeInvitation } from '../commands/operator.ts';
import type { Context } from '../context.ts';
import { runEarshot } from '../program.ts';
import { contextForTests } from './context.ts';

/** How a command ended, and what it said. */
export interface Said {
  readonly exit: number;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly err: string;
}

export interface Told extends Said {
  /** Probe to answer, of all that were looked at. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** A folder of the test's own. */
export async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-doctor-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** `earshot ... --json`, in this process. */
export async function earshotIn(folder: string, args: readonly string[], changes: Partial<Context> = {}): Promise<Said> {
  const world = contextForTests({ cwd: folder, home: folder, ...changes });
  const exit = await runEarshot([...args, '--json'], world.context);
  return { exit, err: world.err(), lines: world.out().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>) };
}

/** `earshot doctor ... --json`. */
export async function doctor(folder: string, args: readonly string[], changes: Partial<Context> = {}): Promise<Told> {
  const said = await earshotIn(folder, ['doctor', ...args], changes);
  const looked = said.lines.filter((line) => 'probe' in line && line['answer'] !== 'unknown');
  return { ...said, answers: Object.fromEntries(looked.map((line) => [String(line['probe']), line['answer']])) };
}

export async function serverFor(t: TestContext, dataDir: string, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog, ...options });
  t.after(() => server.close());
  return server;
}

/** Somebody joins with a profile in `folder`. Returns the profile's folder. */
export async function joinedProfile(folder: string, dataDir: string, origin: string, name: string): Promise<string> {
  await using operator = openOperator(dataDir);
  const { link } = await makeInvitation(operator, systemRandom, { origin });
  const profile = join(folder, `profile-${name}`);
  const world = contextForTests({ cwd: folder, home: folder });
  const exit = await runEarshot(['join', link, '--name', name, '--profile', profile], world.context);
  if (exit !== 0) throw new Error(world.err());
  return profile;
}
