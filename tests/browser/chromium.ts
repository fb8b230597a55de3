import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { givePrecedence } from '../engines/process-group.ts';

const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-port=0', '--host-resolver-rules=MAP insecure.test 127.0.0.1',
];

/** Before what only computes, and behind what gets its sound from a sound system: a microphone of its own is less in a hurry. */
const RANK = -10;

export interface ChromiumOptions {
  /** A WAV file that the microphone hears once; null for no fake microphone at all; undefined for beeps. */
  readonly voice?: string | null;
  /** A Y4M file that the camera sees; it has to be there when the camera is turned on. */
  readonly sight?: string;
  /** 'allow' presses the button by itself, 'ask' leaves the question open. */
  readonly permission?: 'allow' | 'ask';
  /** An earlier profile, for what must survive. */
  readonly profile?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A browser of our own, in a process group of its own, so that killing it is killing all of it. */
export class OwnChromium implements AsyncDisposable {
  readonly profile: string;
  readonly context: BrowserContext;
  readonly #child: ChildProcess;
  readonly #browser: Browser;

  private constructor(child: ChildProcess, browser: Browser, context: BrowserContext, profile: string) {
    this.#child = child;
    this.#browser = browser;
    this.context = context;
    this.profile = profile;
  }

  static async start({ voice, sight, permission = 'allow', profile, env }: ChromiumOptions = {}): Promise<OwnChromium> {
    const folder = profile ?? (await mkdtemp(join(tmpdir(), 'earshot-chromium-')));
    const flags = [...FLAGS, `--user-data-dir=${folder}`];
    if (voice !== null) flags.push('--use-fake-device-for-media-stream');
    if (typeof voice === 'string') flags.push(`--use-file-for-fake-audio-capture=${voice}%noloop`);
    if (sight !== undefined) flags.push(`--use-file-for-fake-video-capture=${sight}`);
    if (permission === 'allow') flags.push('--use-fake-ui-for-media-stream');
    // Without a locale of the machine it names no file by letters beyond ASCII.
    const child = spawn('/usr/bin/chromium', [...flags, 'about:blank'], { detached: true, stdio: ['ignore', 'ignore', 'pipe'], env: { LANG: 'C.UTF-8', ...process.env, ...env } });
    if (child.pid !== undefined) await givePrecedence(child.pid, RANK);
    const browser = await chromium.connectOverCDP(await debuggerUrl(child));
    const context = browser.contexts()[0];
    if (context === undefined) throw new Error('the browser has no context');
    return new OwnChromium(child, browser, context, folder);
  }

  /** The main process. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the browser did not start');
    return this.#child.pid;
  }

  /** A page that was touched once, as a person would have. */
  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    await page.mouse.click(5, 5);
    return page;
  }

  /** As good as another browser, which would take seconds to start: it shares nothing with this one, and ends with it. */
  device(): Promise<BrowserContext> {
    return this.#browser.newContext({ serviceWorkers: 'allow' });
  }

  /** Processor time in seconds that the browser has used, or only its processes of one type. */
  async cpuSeconds(type?: string): Promise<number> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    return processInfo.filter((one) => type === undefined || one.type === type).reduce((sum, one) => sum + one.cpuTime, 0);
  }

  /** SIGKILL to the processes of pages only. The browser lives on. Resolves to the moment, in milliseconds since 1970. */
  async killRenderers(): Promise<number> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    for (const one of processInfo) if (one.type === 'renderer') process.kill(one.id, 'SIGKILL');
    const killed = Date.now();
    await session.detach();
    return killed;
  }

  /** SIGKILL to the browser and all its children; their end is waited for. The profile stays. Resolves to the moment of the kill. */
  async kill(): Promise<number> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Date.now();
    const ended = once(this.#child, 'exit');
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    const killed = Date.now();
    await ended;
    return killed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    await this.#browser.close();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function debuggerUrl(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const piece of child.stderr ?? []) {
    said += String(piece);
    const found = /DevTools listening on (ws:\S+)/.exec(said);
    if (found?.[1] !== undefined) {
      // What it says later must not fill its pipe.
      child.stderr?.resume();
      return found[1];
    }
  }
  throw new Error(`chromium did not start: ${said.slice(-2_000)}`);
}
