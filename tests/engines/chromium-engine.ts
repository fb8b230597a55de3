import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { callIn } from './engine.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { givePrecedence } from './process-group.ts';

/** Chromium over its debugger, without the fake devices it has: it hears what is said in the room. */
export async function startChromium({ env, profile }: EngineOptions): Promise<Engine> {
  const chromium = await OwnChromium.start({ voice: null, env, ...(profile !== undefined && { profile }) });
  await givePrecedence(chromium.pid);
  const page = chromium.context.pages()[0] ?? (await chromium.context.newPage());
  return new ChromiumEngine(chromium, page);
}

class ChromiumEngine implements Engine {
  readonly name = 'chromium';
  readonly #chromium: OwnChromium;
  readonly #page: Page;

  constructor(chromium: OwnChromium, page: Page) {
    this.#chromium = chromium;
    this.#page = page;
  }

  get profile(): string {
    return this.#chromium.profile;
  }

  async open(url: string): Promise<void> {
    await this.#page.goto(url);
    await this.tap(5, 5);
  }

  async evaluate<I, O>(work: (input: I) => O | Promise<O>, input: I): Promise<O> {
    return this.#page.evaluate(callIn(work, input));
  }

  async tap(x: number, y: number): Promise<void> {
    await this.#page.mouse.click(x, y);
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  kill(): Promise<number> {
    return this.#chromium.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#chromium[Symbol.asyncDispose]();
  }
}
