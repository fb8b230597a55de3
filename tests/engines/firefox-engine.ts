import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'puppeteer-core';
import type { Browser, Page } from 'puppeteer-core';
import { callIn } from './engine.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { ProcessGroup, givePrecedence } from './process-group.ts';

/** Set apart from a person's Firefox only by this: the question for the microphone is answered, and nothing is fetched or asked. */
const PREFERENCES = {
  'media.navigator.permission.disabled': true,
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
};

/** Firefox over WebDriver BiDi. */
export async function startFirefox({ env, profile }: EngineOptions): Promise<Engine> {
  const folder = profile ?? (await mkdtemp(join(tmpdir(), 'earshot-firefox-')));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  await writeFile(join(folder, 'user.js'), lines.join(''));
  const processes = new ProcessGroup('firefox-esr', ['--headless', '--no-remote', '--profile', folder, '--remote-debugging-port', '0', 'about:blank'], { ...env, MOZ_CRASHREPORTER_DISABLE: '1' });
  try {
    await givePrecedence(processes.pid);
    const address = await processes.says(/WebDriver BiDi listening on (ws:\S+)/);
    const browser = await connect({ browserWSEndpoint: `${address}/session`, protocol: 'webDriverBiDi' });
    const page = (await browser.pages())[0] ?? (await browser.newPage());
    return new FirefoxEngine(processes, browser, page, folder);
  } catch (error) {
    await processes.kill();
    throw error;
  }
}

class FirefoxEngine implements Engine {
  readonly name = 'firefox';
  readonly profile: string;
  readonly #processes: ProcessGroup;
  readonly #browser: Browser;
  readonly #page: Page;

  constructor(processes: ProcessGroup, browser: Browser, page: Page, profile: string) {
    this.#processes = processes;
    this.#browser = browser;
    this.#page = page;
    this.profile = profile;
  }

  async open(url: string): Promise<void> {
    await this.#page.goto(url);
    await this.tap(5, 5);
  }

  async evaluate<I, O>(work: (input: I) => O | Promise<O>, input: I): Promise<O> {
    return (await this.#page.evaluate(callIn(work, input))) as O;
  }

  async tap(x: number, y: number): Promise<void> {
    await this.#page.mouse.click(x, y);
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  kill(): Promise<number> {
    return this.#processes.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#browser.disconnect();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
