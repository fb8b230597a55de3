import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { webBench } from './web-bench.ts';
import { button, joinAs, newerApp, openPage, PASSWORD, phase, recorded, secondsOf, undoOnSight, unlock } from './web-world.ts';

/** Whatever interrupts somebody who speaks: what is kept is said, with the reason, and going on makes one message. */
const { world, chromium } = await webBench();
let page: Page;
let recoveryCode: string;

/** What the page's own code got from the browser, to be taken away from it. */
interface Hooks {
  context?: AudioContext;
  track?: MediaStreamTrack | undefined;
  hidden?: boolean;
}

before(async () => {
  page = await openPage(chromium.context);
  await page.addInitScript(() => {
    const hooks = window as unknown as Hooks;
    // By an audio graph, as in most browsers, so that there is a sound system to be taken away.
    delete (globalThis as { MediaStreamTrackProcessor?: unknown }).MediaStreamTrackProcessor;
    const Whole = AudioContext;
    globalThis.AudioContext = class extends Whole {
      constructor(options?: AudioContextOptions) {
        super(options);
        // The recorder's: cues sound from one of their own.
        if (options?.sampleRate !== undefined) hooks.context = this;
      }
    };
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await ask(constraints);
      hooks.track = stream.getAudioTracks()[0];
      return stream;
    };
    Object.defineProperty(document, 'visibilityState', { get: () => (hooks.hidden === true ? 'hidden' : 'visible'), configurable: true });
  });
  recoveryCode = await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await button(page, 'Record a voice message').waitFor();
});

const hide = (hidden: boolean) => page.evaluate((now) => {
  (window as unknown as Hooks).hidden = now;
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);
const shown = (): Promise<string> => page.locator('.panel-time').innerText();
const stopped = (code: string) => page.locator(`.stopped[data-code="${code}"]`);

async function speak(seconds: number): Promise<void> {
  await phase(page, 'recording');
  await recorded(page, seconds);
}

async function sendOne(least: number): Promise<void> {
  const beforehand = await page.locator('li.message').count();
  await button(page, 'Send').click();
  await phase(page, 'idle');
  await page.waitForFunction((count) => document.querySelectorAll('li.message').length === count, beforehand + 1);
  const length = await page.locator('li.message').last().locator('.length').innerText();
  assert.ok(secondsOf(length) >= least, length);
  assert.equal(await page.locator('.draft').count(), 0);
}

test('[KEPT2] out of sight, a call, and a microphone that goes: each says why and how much is kept; going on makes one message', async () => {
  await button(page, 'Record a voice message').click();
  await speak(2);
  await hide(true);
  await stopped('recorder.hidden').getByText(/^Kept 0:0[2-9]\. Recording paused, because this page was out of sight\./).waitFor();
  await hide(false);
  await stopped('recorder.hidden').getByRole('button', { name: 'Continue' }).click();
  await speak(4);
  assert.equal(await stopped('recorder.hidden').count(), 0);

  // The sound system is taken away, and does not come back.
  await page.evaluate(async () => {
    const { context } = window as unknown as Hooks;
    if (context) Object.defineProperty(context, 'resume', { value: () => Promise.withResolvers<void>().promise, configurable: true });
    await context?.suspend();
  });
  await stopped('recorder.interrupted').getByText(/^Kept 0:\d\d\. A call or another app took the sound over\./).waitFor();
  await page.evaluate(() => {
    const { context } = window as unknown as Hooks;
    if (context) Reflect.deleteProperty(context, 'resume');
  });
  await stopped('recorder.interrupted').getByRole('button', { name: 'Continue' }).click();
  await speak(6);

  // A microphone that is replaced interrupts nothing; it is said.
  await page.evaluate(() => {
    const { track } = window as unknown as Hooks;
    track?.stop();
    track?.dispatchEvent(new Event('ended'));
  });
  await page.getByText('The microphone was replaced. Recording goes on.').waitFor();
  await speak(8);
  assert.ok((await shown()) >= '0:08');
  await sendOne(8);
});

test('[KEPT2] the page is loaded anew: the draft says so, goes on, and becomes one message', async () => {
  await button(page, 'Record a voice message').click();
  await speak(2);
  await page.reload();
  const draft = page.locator('.draft');
  await draft.getByText(/^Kept 0:0[2-9] from/).waitFor();
  await draft.getByText(/closed or loaded anew|out of sight/).waitFor();
  await draft.getByRole('button', { name: 'Continue' }).click();
  await speak(4);
  await sendOne(4);
});

/** Runs in the recorder's worker. */
async function inRecorder<I>(work: (input: I) => void, input: I): Promise<void> {
  const worker = page.workers().find((one) => one.url().includes('recorder'));
  assert.ok(worker);
  // Types do not tell what JSON goes through.
  await worker.evaluate(`(${String(work)})(${JSON.stringify(input)})`);
}

/** As a frank browser would say it: Chromium tells pages of 10 GB whatever there is. */
const free = (bytes: number): Promise<void> => inRecorder((quota) => Object.assign(StorageManager.prototype, { estimate: async () => ({ quota, usage: 0 }) }), bytes);

test('[KEPT2] [REC23] the device fills up while one speaks: little room is said, then it pauses; with room again it goes on and becomes one message', async () => {
  await button(page, 'Record a voice message').click();
  await speak(2);
  await free(2_500_000);
  await page.getByText('This device has little room left for recordings.').waitFor();
  await page.getByText(/When this was noticed, there was room for \d/).waitFor();
  await phase(page, 'recording');
  await free(500_000);
  await stopped('recorder.storage').getByText(/^Kept 0:\d\d\. The recording cannot be stored on this device\./).waitFor();
  await free(1_000_000_000);
  await stopped('recorder.storage').getByRole('button', { name: 'Continue' }).click();
  const kept = secondsOf(await shown());
  await speak(kept + 2);
  await sendOne(kept + 2);
});

test('[KEPT2] [REC21] the encoder dies while one speaks: recording goes on in the same take, which is said, and becomes one message', async () => {
  await button(page, 'Record a voice message').click();
  await speak(2);
  await inRecorder(() => {
    const { set } = Float32Array.prototype;
    Object.assign(Float32Array.prototype, {
      set: () => {
        Object.assign(Float32Array.prototype, { set });
        throw new WebAssembly.RuntimeError('unreachable');
      },
    });
  }, null);
  await page.getByText('A part of the recorder was started again. Recording goes on.').waitFor();
  await phase(page, 'recording');
  const kept = secondsOf(await shown());
  await speak(kept + 2);
  await sendOne(kept + 2);
});

test('[KEPT2] [WEB43] a newer app comes while one speaks: not offered before the end; taken over in another window, it ends no recording', async () => {
  await page.evaluate(async () => navigator.serviceWorker.ready);
  await button(page, 'Record a voice message').click();
  await speak(2);
  await world.stopServer();
  await world.startServer({ webDir: await newerApp(world.folder) });
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    while (registration.waiting === null) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  const offer = (one: Page) => one.getByText('A new version is ready.');
  const other = await openPage(chromium.context);
  await other.goto(page.url());
  await offer(other).waitFor();
  assert.equal(await offer(page).count(), 0);
  await Promise.all([other.waitForEvent('load'), button(other, 'Update').click()]);
  await other.close();
  await phase(page, 'recording');
  const kept = secondsOf(await shown());
  await speak(kept + 1);
  await sendOne(kept + 1);
  // Here as well it needs one touch, though nobody waits to take over any more.
  await Promise.all([page.waitForEvent('load'), button(page, 'Update').click()]);
  await button(page, 'Record a voice message').waitFor();
  assert.equal(await offer(page).count(), 0);
});

/** Files of the browser's private file system that show a journal as it was recorded, and how many there are at all. */
const onDisk = (): Promise<{ files: number; plain: string[] }> => page.evaluate(async () => {
  const seen = { files: 0, plain: [] as string[] };
  const read = async (handle: FileSystemFileHandle): Promise<string> => {
    for (;;) {
      try {
        return await (await handle.getFile()).text();
      } catch (error) {
        // It was written to between the two.
        if (!(error instanceof DOMException) || error.name !== 'NotReadableError') throw error;
      }
    }
  };
  const look = async (folder: FileSystemDirectoryHandle): Promise<void> => {
    for await (const [name, handle] of folder.entries()) {
      if (handle instanceof FileSystemDirectoryHandle) await look(handle);
      else if (handle instanceof FileSystemFileHandle) {
        seen.files += 1;
        if (/"conversation"|OpusHead/.test(await read(handle))) seen.plain.push(name);
      }
    }
  };
  await look(await navigator.storage.getDirectory());
  return seen;
});

test('[KEPT2] [KEPT5] signing out while speaking: the draft waits for its owner, sealed, with the reason', async () => {
  await button(page, 'Record a voice message').click();
  await speak(2);
  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, 'Sign out').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Your handle').waitFor();
  const { files, plain } = await onDisk();
  assert.ok(files > 0);
  assert.deepEqual(plain, []);
  // A page that knows nothing of before.
  await page.reload();
  await page.getByLabel('Your handle').fill('noor');
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Sign in').click();
  await unlock(page, recoveryCode);
  await page.getByRole('link', { name: /Notes.*Draft/s }).click();
  const draft = page.locator('.draft');
  await draft.getByText('You signed out while you were speaking.').waitFor();
  await draft.getByRole('button', { name: 'Continue' }).click();
  await speak(4);
  await sendOne(4);
});

test('[KEPT4] what was discarded is found under Recently Deleted, comes back, and is sent', async () => {
  await button(page, 'Record a voice message').click();
  await speak(2);
  await button(page, 'Discard').click();
  await phase(page, 'idle');
  // Also after the page was loaded anew.
  await page.goto(`${world.origin}/settings`);
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'Recently Deleted' }) });
  await card.getByText(/goes in 30 days/).waitFor();
  await card.getByRole('button', { name: /^Restore: 0:0\d for Notes/ }).click();
  const draft = page.locator('.draft');
  await draft.getByText(/^Kept 0:0\d from/).waitFor();
  await page.locator('li.message').first().waitFor();
  const beforehand = await page.locator('li.message').count();
  await draft.getByRole('button', { name: 'Send' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('li.message').length === count, beforehand + 1);
  await page.goto(`${world.origin}/settings`);
  await page.getByText('Messages that you delete and recordings that you discard rest here for 30 days.').waitFor();
  await page.getByRole('link', { name: /Notes/ }).click();
});

test('[KEPT4] what was discarded can be deleted for good', async () => {
  await button(page, 'Record a voice message').click();
  await speak(2);
  await button(page, 'Discard').click();
  await phase(page, 'idle');
  await page.goto(`${world.origin}/settings`);
  await page.locator('.row[data-take]').getByRole('button', { name: /^Delete for good: 0:0\d for Notes/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await page.locator('.row[data-take]').waitFor({ state: 'detached' });
  await page.getByText('Messages that you delete and recordings that you discard rest here for 30 days.').waitFor();
  await page.reload();
  await page.getByText('Messages that you delete and recordings that you discard rest here for 30 days.').waitFor();
  await page.getByRole('link', { name: /Notes/ }).click();
});

/** What rests on this device, on the page that shows it. */
async function bringBackResting(): Promise<void> {
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'Recently Deleted' }) });
  await card.getByText(/goes in 30 days/).waitFor();
  await card.getByRole('button', { name: /^Restore: 0:0\d for Notes/ }).click();
  await page.locator('.draft').getByText(/^Kept 0:0\d from/).waitFor();
}

test('[KEPT8] sent without a network and undone, or discarded while it waits, a recording rests in Recently Deleted, comes back, and is sent', async () => {
  await page.locator('li.message').first().waitFor();
  const there = await page.locator('li.message').count();
  await world.stopServer();
  await button(page, 'Record a voice message').click();
  await speak(2);
  const undo = await undoOnSight(page, '.recorder[data-phase="idle"]', 1);
  await button(page, 'Send').click();
  await phase(page, 'idle');
  await undo.pressed();
  await page.getByText('Not sent. It rests in Recently Deleted.').waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await bringBackResting();
  await page.locator('.draft').getByRole('button', { name: 'Send' }).click();
  const waiting = page.locator('li.message[data-state="sending"]');
  await page.waitForFunction(() => document.querySelectorAll('li.message[data-state=sending]').length === 1);
  await waiting.getByRole('button', { name: 'Options for this message' }).click();
  await button(page, 'Discard').click();
  await page.getByText('Your recording rests in Recently Deleted for 30 days.', { exact: false }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await page.waitForFunction(() => document.querySelectorAll('li.message[data-state=sending]').length === 0);
  await page.getByRole('link', { name: 'Settings' }).click();
  await bringBackResting();
  await world.startServer();
  await page.locator('.draft').getByRole('button', { name: 'Send' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('li.message[data-state=stored]').length === count, there + 1);
  await page.goto(`${world.origin}/settings`);
  await page.getByText('Messages that you delete and recordings that you discard rest here for 30 days.').waitFor();
  await page.getByRole('link', { name: /Notes/ }).click();
});

test('[KEPT2] a second window leaves the recording to the first one', async () => {
  await button(page, 'Record a voice message').click();
  await speak(1);
  const other = await openPage(chromium.context);
  await other.goto(page.url());
  await button(other, 'Record a voice message').waitFor();
  assert.equal(await other.locator('.draft').count(), 0);
  await other.close();
  await page.bringToFront();
  await speak(3);
  await sendOne(3);
});
