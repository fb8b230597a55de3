import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const earshot = fileURLToPath(new URL('../../apps/cli/bin/earshot.mjs', import.meta.url));

export type Line = { readonly [field: string]: unknown };

export interface Ended {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly out: string;
  readonly err: string;
}

/** How long anything may take here before the test says that it never came. */
const patience = 60_000;

/** One running `earshot`, as the person or script that started it sees it. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly lines: Line[] = [];
  readonly #changed = new Set<() => void>();
  #out = '';
  #err = '';
  #over = false;

  constructor(args: readonly string[], env: Record<string, string>, cwd: string) {
    this.child = spawn(process.execPath, [earshot, ...args], { env: { ...process.env, ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = this.child;
    if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes');
    // A command that refuses early does not read to the end.
    stdin.on('error', () => undefined);
    createInterface({ input: stdout }).on('line', (line) => this.#take(line));
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#err += text));
    this.ended = new Promise((done) => {
      this.child.once('close', (code) => {
        this.#over = true;
        done({ code, lines: this.lines, out: this.#out, err: this.#err });
        for (const change of this.#changed) change();
      });
    });
  }

  /** The first line, past or to come, that is so; fails when the command ends without it. */
  async line(what: string, isIt: (line: Line) => boolean): Promise<Line> {
    const until = Date.now() + patience;
    for (;;) {
      const found = this.lines.find(isIt);
      if (found !== undefined) return found;
      if (this.#over || Date.now() > until) throw new Error(`no line: ${what}\n${this.#out}\n${this.#err}`);
      await this.#change();
    }
  }

  event(name: string, message?: unknown): Promise<Line> {
    return this.line(`event ${name}`, (line) => line['event'] === name && (message === undefined || line['message'] === message));
  }

  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  #take(text: string): void {
    this.#out += `${text}\n`;
    // People's text stands in `out`; only objects are lines.
    if (text.startsWith('{')) this.lines.push(JSON.parse(text) as Line);
    for (const change of this.#changed) change();
  }

  #change(): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(() => change(), 500);
      const change = (): void => {
        clearTimeout(timer);
        this.#changed.delete(change);
        done();
      };
      this.#changed.add(change);
    });
  }
}

/** A server and the profiles of some people, in one folder of their own. */
export class World implements AsyncDisposable {
  readonly folder: string;
  server: Running | null = null;
  origin = '';
  readonly #running = new Set<Running>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'earshot-cli-')));
    await world.serve();
    return world;
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  profile(name: string): string {
    return join(this.folder, `profile-${name}`);
  }

  /** Starts the server, again on the port it had before. */
  async serve(...options: readonly string[]): Promise<void> {
    const port = this.origin === '' ? '0' : new URL(this.origin).port;
    this.server = this.start(['serve', '--data', this.data, '--port', port, '--json', ...options]);
    this.origin = String((await this.server.event('listening'))['origin']);
  }

  start(args: readonly string[], env: Record<string, string> = {}): Running {
    const running = new Running(args, { EARSHOT_PROFILE: join(this.folder, 'nobody'), ...env }, this.folder);
    this.#running.add(running);
    void running.ended.then(() => this.#running.delete(running));
    return running;
  }

  /** Runs a command to its end. */
  async run(...args: readonly string[]): Promise<Ended> {
    const running = this.start(args);
    running.child.stdin?.end();
    return await running.ended;
  }

  /** Runs a command of `who` with --json; fails unless it exits with 0. */
  async by(who: string, ...args: readonly string[]): Promise<readonly Line[]> {
    const ended = await this.run(...args, '--profile', this.profile(who), '--json');
    if (ended.code !== 0) throw new Error(`${args.join(' ')}: ${ended.code}\n${ended.out}\n${ended.err}`);
    return ended.lines;
  }

  async invite(): Promise<string> {
    const { lines, err } = await this.run('invite', '--data', this.data, '--json');
    if (lines[0] === undefined) throw new Error(err);
    return String(lines[0]['link']);
  }

  /** Somebody joins. Returns what `join` printed. */
  async join(name: string): Promise<Line> {
    const [line] = await this.by(name, 'join', await this.invite(), '--name', name);
    if (line === undefined) throw new Error('join printed nothing');
    return line;
  }

  /** Listens as `who`, and returns when it is caught up. */
  async listen(who: string, ...args: readonly string[]): Promise<Running> {
    const running = this.start(['listen', ...args, '--profile', this.profile(who), '--json']);
    await running.event('listening');
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.kill('SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }
}
