import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, Origin } from 'selenium-webdriver';
import type { WebDriver } from 'selenium-webdriver';
import { callIn } from './engine.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { ProcessGroup, givePrecedence } from './process-group.ts';

/** Milliseconds that a function may run in the page. */
const SCRIPT_TIMEOUT = 120_000;
const HOST = join(import.meta.dirname, 'webkit-host.py');

/** WebKitGTK over WebDriver, in a window of our own (see webkit-host.py) on a screen of our own. */
export async function startWebKit({ env, profile }: EngineOptions): Promise<Engine> {
  const folder = profile ?? (await mkdtemp(join(tmpdir(), 'earshot-webkit-')));
  const screen = new ProcessGroup('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp']);
  const port = await freePort();
  let driver: ProcessGroup | null = null;
  try {
    const display = `:${await screen.says(/^(\d+)\n/)}`;
    const home = { HOME: folder, XDG_CACHE_HOME: folder, XDG_DATA_HOME: folder, EARSHOT_PROFILE: folder, NO_AT_BRIDGE: '1' };
    // Its sandbox needs rights that root in a container does not have.
    const sandbox: Record<string, string> = process.getuid?.() === 0 ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' } : {};
    driver = new ProcessGroup('WebKitWebDriver', ['-p', String(port)], { ...env, ...home, ...sandbox, DISPLAY: display });
    await givePrecedence(driver.pid);
    const server = `http://127.0.0.1:${port}`;
    await driver.until(() => fetch(`${server}/status`).then(() => true as const, () => undefined));
    const browser = await new Builder()
      .usingServer(server)
      .withCapabilities({ 'browserName': 'Earshot', 'webkitgtk:browserOptions': { binary: HOST, args: [] } })
      .build();
    await browser.manage().setTimeouts({ script: SCRIPT_TIMEOUT });
    return new WebKitEngine([driver, screen], browser, folder);
  } catch (error) {
    await driver?.kill();
    await screen.kill();
    throw error;
  }
}

/** The driver wants to be told its port. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

class WebKitEngine implements Engine {
  readonly name = 'webkit';
  readonly profile: string;
  /** The driver with the browser it started, before the screen. */
  readonly #processes: readonly ProcessGroup[];
  readonly #driver: WebDriver;

  constructor(processes: readonly ProcessGroup[], driver: WebDriver, profile: string) {
    this.#processes = processes;
    this.#driver = driver;
    this.profile = profile;
  }

  async open(url: string): Promise<void> {
    await this.#driver.get(url);
    await this.tap(5, 5);
  }

  async evaluate<I, O>(work: (input: I) => O | Promise<O>, input: I): Promise<O> {
    const script = `const answer = arguments[0];
      Promise.resolve().then(() => ${callIn(work, input)}).then((output) => answer({ output }), (error) => answer({ error: String(error) }));`;
    const { output, error } = await this.#driver.executeAsyncScript<{ output: O; error?: string }>(script);
    if (error !== undefined) throw new Error(error);
    return output;
  }

  async tap(x: number, y: number): Promise<void> {
    await this.#driver.actions().move({ x: Math.round(x), y: Math.round(y), origin: Origin.VIEWPORT }).click().perform();
  }

  async type(text: string): Promise<void> {
    await this.#driver.actions().sendKeys(text).perform();
  }

  async kill(): Promise<number> {
    const moments: number[] = [];
    for (const group of this.#processes) moments.push(await group.kill());
    return Math.min(...moments);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
