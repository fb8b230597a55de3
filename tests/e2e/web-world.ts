import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { silentLog } from '@earshot/base/log.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import { openOperator, type Operator } from '@earshot/server/operator.ts';
import type { ServerOptions } from '@earshot/server/options.ts';
import { startServer } from '@earshot/server/server.ts';
import type { BrowserContext, Locator, Page } from 'playwright-core';

export const PASSWORD = 'three unrelated words';
export const WEB = join(import.meta.dirname, '../../apps/web/dist');

/** A real server with the built app, on a folder of its own. */
export interface WebWorld extends AsyncDisposable {
  readonly origin: string;
  /** Where the server itself listens; `origin` may be that of a proxy in front of it. */
  readonly port: number;
  readonly folder: string;
  /** The operator's, for anybody new, or to let somebody in again. */
  invitation(handle?: string): Promise<string>;
  /** What the operator does beside the running server. */
  operate<T>(work: (operator: Operator) => Promise<T>): Promise<T>;
  /** Uploads that the server keeps and no message names yet. */
  openUploads(): number;
  stopServer(): Promise<void>;
  /** On the same port, with other options where they are given. */
  startServer(changes?: Partial<ServerOptions>): Promise<void>;
}

export async function webWorld(options: Partial<ServerOptions> = {}): Promise<WebWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-web-'));
  const dataDir = join(folder, 'data');
  const open = (port: number, changes: Partial<ServerOptions> = {}): ReturnType<typeof startServer> => startServer({ dataDir, host: 'localhost', port, webDir: WEB, log: silentLog, ...options, ...changes });
  const operate: WebWorld['operate'] = async (work) => {
    await using operator = openOperator(dataDir);
    return await work(operator);
  };
  let server = await open(0);
  const { port, origin } = server;
  return {
    origin,
    port,
    folder,
    invitation: async (handle) => {
      const secret = makeId(systemRandom);
      const secretSha256 = await sha256(utf8(await invitationToken(secret)));
      await operate((operator) => operator.invite({ secretSha256, ...(handle !== undefined && { for: handle }) }));
      return secret;
    },
    operate,
    openUploads: () => {
      using database = new DatabaseSync(join(dataDir, 'earshot.db'), { readOnly: true });
      return Number(database.prepare("SELECT count(*) AS many FROM blob WHERE state = 'open'").get()?.['many']);
    },
    stopServer: () => server.close(),
    startServer: async (changes) => {
      server = await open(port, changes);
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The built app as if something in it had changed. */
export async function newerApp(folder: string): Promise<string> {
  const newer = join(folder, 'newer');
  await cp(WEB, newer, { recursive: true });
  const worker = join(newer, 'service-worker.js');
  const code = await readFile(worker, 'utf8');
  const changed = code.replaceAll(/shell-[\da-f]{16}/g, 'shell-newer');
  assert.notEqual(changed, code);
  await writeFile(worker, changed);
  for (const packed of ['br', 'gz']) await rm(`${worker}.${packed}`);
  return newer;
}

export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name, exact: typeof name === 'string' });

/** Waits at most this long for anything: long enough that no machine is too slow, and a state that does not come is seen all the same. Milliseconds. */
const PATIENCE = 60_000;

/** A page whose own errors end up in the report of the test. */
export async function openPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  // Wide enough for both columns.
  await page.setViewportSize({ width: 1280, height: 800 });
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.stack ?? error.message}\n`));
  return page;
}

/** Joins with a password and arrives at the list. Returns the recovery code. */
export async function joinAs(page: Page, origin: string, invitation: string, name: string, look?: (what: string) => Promise<void>): Promise<string> {
  await page.goto(`${origin}/join#${invitation}`);
  await page.getByLabel('Your name').fill(name);
  await button(page, 'Use a password instead').click();
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Join').click();
  const code = await keepCode(page, look);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  return code;
}

/** Keeps the recovery code, and shows that by the group that is asked for. Returns it. `look` is called at each of both steps. */
export async function keepCode(page: Page, look?: (what: string) => Promise<void>): Promise<string> {
  const groups = page.getByRole('list', { name: 'Recovery code' }).getByRole('listitem');
  await groups.first().waitFor();
  const code = await groups.allInnerTexts();
  await look?.('recovery code');
  await button(page, 'I have it').click();
  const asked = page.getByLabel(/^Group number/);
  await asked.waitFor();
  await look?.('recovery code asked for');
  const number = Number(/\d+/.exec((await page.locator('label').innerText()))?.[0]);
  await asked.fill(code[number - 1] ?? '');
  await button(page, 'That is it').click();
  return code.join('-');
}

/** Lets a device in that is signed in and has no keys yet. */
export async function unlock(page: Page, code: string): Promise<void> {
  const byCode = button(page, 'Use the recovery code');
  await byCode.or(page.getByLabel('Recovery code')).first().waitFor();
  if (await byCode.isVisible()) await byCode.click();
  await page.getByLabel('Recovery code').fill(code);
  await button(page, 'Open').click();
}

/** An invitation link as the app makes it. */
export async function inviteLink(page: Page): Promise<string> {
  await button(page, 'New conversation').click();
  await page.getByRole('dialog').getByRole('button', { name: /^Invite somebody/ }).click();
  const link = page.getByLabel('Invitation link');
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('dialog input')?.value.includes('#') === true);
  const value = await link.inputValue();
  // A notice may have such a button as well.
  await page.locator('.sheet-head').getByRole('button', { name: 'Close' }).click();
  return value.slice(value.indexOf('#') + 1);
}

/** Makes a group with somebody one knows. */
export async function makeGroup(page: Page, title: string, member: string): Promise<void> {
  await button(page, 'New conversation').click();
  await page.getByRole('dialog').getByRole('button', { name: /^New group/ }).click();
  await page.getByLabel('Name of the group').fill(title);
  await page.getByLabel(member).check();
  await button(page, 'Create group').click();
}

/** Opens the conversation with somebody one knows. */
export async function talkTo(page: Page, name: string): Promise<void> {
  await button(page, 'New conversation').click();
  await page.getByRole('dialog').getByRole('button', { name: new RegExp(`^${name}`) }).click();
  await button(page, 'Record a voice message').waitFor();
}

/** The phase that the recorder bar shows. */
export async function phase(page: Page, wanted: string): Promise<void> {
  await page.locator(`.recorder[data-phase="${wanted}"]`).waitFor();
}

/** Puts a finger on the button and returns its middle; it records until that is lifted. */
export async function pressDown(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.locator('.record').boundingBox();
  assert.ok(box);
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await phase(page, 'recording');
  return middle;
}

/**
 * From now on: presses "Undo" the moment that it is offered while there are so many of these, and resolves then to its being pressed.
 * It stays for some seconds only, in which a slow machine may not look.
 */
export async function undoOnSight(page: Page, selector: string, count: number): Promise<{ pressed(): Promise<void> }> {
  const undo = page.locator('.snack').getByRole('button', { name: 'Undo' });
  // That of an earlier deed.
  await undo.waitFor({ state: 'detached' });
  const watched = await page.evaluateHandle(([wanted, many]) => {
    const seen = { pressed: false };
    const watcher = new MutationObserver(() => {
      const found = [...document.querySelectorAll<HTMLButtonElement>('.snack button')].find(({ textContent }) => textContent === 'Undo');
      if (found === undefined || document.querySelectorAll(wanted).length !== many) return;
      watcher.disconnect();
      found.click();
      seen.pressed = true;
    });
    watcher.observe(document, { subtree: true, childList: true, attributes: true });
    return seen;
  }, [selector, count] as const);
  return { pressed: async () => void (await page.waitForFunction((seen) => seen.pressed, watched)) };
}

/** Of a length as it is shown: minutes and seconds. */
export const secondsOf = (length: string): number => length.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

/** Presses until it records: where no sound comes in the first seconds, as on a machine that stands still, a person reads so and presses again. */
export async function beginRecording(page: Page): Promise<void> {
  const recording = page.locator('.recorder[data-phase="recording"]');
  do {
    await button(page, 'Record a voice message').click();
    await recording.or(page.locator('.problem[data-code="mic.no-frames"]')).first().waitFor();
  } while ((await recording.count()) === 0);
}

/** Waits until the recording is this long. */
export async function recorded(page: Page, seconds: number): Promise<void> {
  await page.waitForFunction((least) => {
    const shown = document.querySelector('.panel-time')?.textContent ?? '0:00';
    return shown.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) >= least;
  }, seconds);
}

/** Says something for a moment and sends it: what a machine that stands still takes from it does not count, as under a second the app would ask first. */
export async function say(page: Page, seconds = 2): Promise<void> {
  await beginRecording(page);
  await recorded(page, seconds);
  await button(page, 'Send').click();
  await phase(page, 'idle');
}
