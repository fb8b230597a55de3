import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { readLines } from './lines.ts';

/** A server in a process of its own, so that its processor time and memory are its own. */
export class ServerProcess implements AsyncDisposable {
  readonly origin: string;
  readonly dataDir: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, origin: string, dataDir: string) {
    this.#child = child;
    this.origin = origin;
    this.dataDir = dataDir;
  }

  static async start(): Promise<ServerProcess> {
    const dataDir = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
    const main = new URL('../apps/cli/src/main.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, 'serve', '--data', dataDir, '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of readLines(child.stdout)) {
      const event = JSON.parse(line) as { event: string; origin?: string };
      if (event.event === 'listening' && event.origin) return new ServerProcess(child, event.origin, dataDir);
    }
    throw new Error('the server ended before it listened');
  }

  /** Secrets of `count` fresh invitations. */
  async invitations(count: number): Promise<string[]> {
    const operator = openOperator(this.dataDir);
    const secrets = Array.from({ length: count }, () => makeId(systemRandom));
    for (const secret of secrets) await operator.invite({ secretSha256: createHash('sha256').update(await invitationToken(secret)).digest('hex') });
    await operator.close();
    return secrets;
  }

  /** Processor seconds of all its threads so far, user and system. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Bytes resident, and of those anonymous: what the connections really cost. */
  memory(): number {
    const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'));
    return Number(match?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
