import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CDPSession, Locator, Page } from 'playwright-core';
import { PushService } from '@earshot/server/testing/push-service.ts';
import { OwnChromium } from '../browser/chromium.ts';
import { humanVoice } from '../browser/recorder-voice.ts';
import { beginRecording, button, inviteLink, joinAs, openPage, phase, recorded, talkTo, webWorld, type WebWorld } from './web-world.ts';

const AUSTEN = ['librivox/sense_and_sensibility_01_austen_64kb-0880.wav'] as const;

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
}

let service: PushService;
let world: WebWorld;
let chromium: OwnChromium;
/** Ada's, who speaks. */
let speaking: Page;
/** Ben's, in a browser that a push service of ours wakes. */
let page: Page;

before(async () => {
  service = await PushService.start();
  world = await webWorld({ push: { on: true, privateAddresses: true }, limits: { wakeGrace: 40_000 } });
  const voice = await humanVoice(world.folder, 'voice', [...AUSTEN], 0);
  chromium = await OwnChromium.start({ voice: voice.path });
  speaking = await openPage(await chromium.device());
  await joinAs(speaking, world.origin, await world.invitation(), 'Ada');
  page = await openPage(chromium.context);
  await joinAs(page, world.origin, await inviteLink(speaking), 'Ben');
  await fakeSubscribing();
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

/** No browser here reaches a real push service: the pages' half of subscribing is ours, everything else is the browser's. */
async function fakeSubscribing(): Promise<void> {
  const { endpoint, p256dh, auth } = await service.subscribe();
  await page.context().grantPermissions(['notifications', 'microphone']);
  await page.context().addInitScript(({ endpoint: where, keys }) => {
    const bytes = (text: string): ArrayBuffer => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0)).buffer;
    let made: object | null = null;
    PushManager.prototype.getSubscription = () => Promise.resolve(made as PushSubscription | null);
    PushManager.prototype.subscribe = (options) => {
      made = {
        endpoint: where, options: { applicationServerKey: bytes(typeof options?.applicationServerKey === 'string' ? options.applicationServerKey : '') },
        getKey: (name: 'p256dh' | 'auth') => bytes(keys[name]),
        unsubscribe: () => {
          made = null;
          return Promise.resolve(true);
        },
      };
      return Promise.resolve(made as PushSubscription);
    };
  }, { endpoint, keys: { p256dh, auth } });
  await page.reload();
  await page.evaluate(async () => navigator.serviceWorker.ready);
}

async function speak(who: Page): Promise<void> {
  await beginRecording(who);
  await recorded(who, 2);
  await button(who, 'Send').click();
  await phase(who, 'idle');
}

/** What notifications there are, asked of the service worker: no page of the app need be open. */
async function shown(): Promise<Shown[]> {
  const worker = page.context().serviceWorkers().at(-1);
  assert.ok(worker, 'no service worker runs');
  return await worker.evaluate(async () => {
    const { registration } = globalThis as unknown as { readonly registration: ServiceWorkerRegistration };
    return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
  });
}

/** Takes away whatever is shown. */
async function forget(): Promise<void> {
  await page.context().serviceWorkers().at(-1)?.evaluate(async () => {
    const { registration } = globalThis as unknown as { readonly registration: ServiceWorkerRegistration };
    for (const one of await registration.getNotifications()) one.close();
  });
}

/** Nobody can touch a notification of a headless browser; the service worker is told as if somebody had. Only bringing the window to the front needs a real hand. */
async function touch(): Promise<void> {
  await page.context().serviceWorkers().at(-1)?.evaluate(async () => {
    const scope = globalThis as unknown as { readonly registration: ServiceWorkerRegistration; readonly NotificationEvent: new (type: string, options: object) => Event };
    const [notification] = await scope.registration.getNotifications();
    const event = new scope.NotificationEvent('notificationclick', { notification });
    // Events that are made cannot be kept alive.
    Object.assign(event, { waitUntil: (work: Promise<unknown>) => void work.catch(() => undefined) });
    dispatchEvent(event);
  });
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    assert.ok(Date.now() < end, `it stayed ${JSON.stringify(value)}`);
    await new Promise((resolve) => void setTimeout(resolve, 100));
  }
}

/** Hands a push to the service worker, as the browser does with one from its push service. */
async function deliver(data: string): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) => session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(world.origin));
    if (found) resolve(found.registrationId);
  }));
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.deliverPushMessage', { origin: world.origin, registrationId: await registered, data });
  await session.detach();
}

test('[WEB20] asked for after the first message, a closed app is woken and says who spoke and how long; the push service learns none of it', { timeout: 300_000 }, async () => {
  assert.equal(await button(page, 'Yes, tell me').count(), 0, 'never when it opens');
  await talkTo(page, 'Ada');
  await speak(page);
  await button(page, 'Yes, tell me').click();
  await page.getByText('You will be told when a message comes.').waitFor();
  assert.equal(await button(page, 'Yes, tell me').count(), 0);

  // The app is closed.
  await page.goto('about:blank');
  await talkTo(speaking, 'Ben');
  await speak(speaking);
  await service.until(({ deliveries }) => deliveries.length > 0);
  assert.deepEqual(service.complaints, []);
  const [wake] = service.deliveries;
  assert.ok(wake && !/ada|ben/i.test(wake.payload));
  await deliver(wake.payload);
  const [told] = await until(shown, (all) => all.length > 0);
  assert.equal(told?.title, 'Ada');
  assert.match(told.body, /^Voice message, \d+ seconds?$/);
  // Fetched as by any other client: whoever spoke sees that it is there.
  await speaking.locator('li.message.mine[data-state="delivered"]').first().waitFor();

  // Woken once more without anything new, it says so instead of telling the same again.
  await deliver(wake.payload);
  const both = await until(shown, (all) => all.length > 1);
  assert.deepEqual(both.map(({ tag }) => tag).sort(), [told.tag, 'earshot'].sort());

  // Looking at the conversation takes the notification away.
  await page.goto(`${world.origin}/c/${told.tag}`);
  await until(shown, (all) => all.every(({ tag }) => tag !== told.tag));
});

test('[WEB21] a page that is open tells of what it does not show, and not of what it shows; without the server a wake is told of in general', { timeout: 300_000 }, async () => {
  await forget();
  await page.getByRole('link', { name: 'Settings' }).click();
  const tell = (on: boolean): Locator => page.getByRole('switch', { name: /Tell me when a message comes/, checked: on });
  await tell(true).click();
  await tell(false).click();
  await page.getByText('You will be told when a message comes.').waitFor();

  const woken = service.deliveries.length;
  await speak(speaking);
  const [told] = await until(shown, (all) => all.length > 0);
  assert.equal(told?.title, 'Ada', 'the settings are in sight, the conversation is not');

  await page.evaluate(() => Object.assign(window, { sameAsBefore: true }));
  await touch();
  await button(page, 'Record a voice message').waitFor();
  assert.ok(await page.evaluate(() => 'sameAsBefore' in window), 'the window that was there leads to the conversation, without loading anew');
  await until(shown, (all) => all.length === 0);
  await speak(speaking);
  await page.locator('li.message').nth(3).waitFor();
  await page.waitForTimeout(1_500);
  assert.deepEqual(await shown(), [], 'what is in sight needs no telling');
  assert.equal(service.deliveries.length, woken, 'nor was a connected device woken');

  await page.goto('about:blank');
  await world.stopServer();
  await deliver('earshot: look');
  const [general] = await until(shown, (all) => all.length > 0);
  assert.deepEqual([general?.title, general?.body], ['Earshot', 'There may be something new. Open Earshot to hear it.']);
  await world.startServer();
});

test('[WEB23] turned off in one window, it is off in the others: what comes is told in none', { timeout: 300_000 }, async () => {
  await forget();
  const other = await openPage(page.context());
  const tell = (where: Page, on: boolean): Locator => where.getByRole('switch', { name: /Tell me when a message comes/, checked: on });
  for (const one of [page, other]) {
    await one.goto(`${world.origin}/settings`);
    await tell(one, true).waitFor();
  }
  await speak(speaking);
  await until(shown, (all) => all.length > 0);
  await forget();

  await tell(page, true).click();
  await tell(page, false).waitFor();
  await speak(speaking);
  await until(() => speaking.locator('li.message.mine').evaluateAll((all) => all.map((one) => one.getAttribute('data-state'))), (all) => all.every((state) => state === 'delivered'));
  await other.waitForTimeout(2_000);
  assert.deepEqual(await shown(), []);
  await other.close();
});

test('[WEB22] where the browser refuses, the app says how to allow it; where the operator has push turned off, it says nothing', { timeout: 300_000 }, async () => {
  await using own = await webWorld({ push: { on: true } });
  await using other = await OwnChromium.start();
  const hers = await openPage(other.context);
  const session = await other.context.newCDPSession(hers);
  await session.send('Browser.setPermission', { permission: { name: 'notifications' }, setting: 'denied', origin: own.origin });
  await joinAs(hers, own.origin, await own.invitation(), 'Ada');
  await hers.goto(`${own.origin}/settings`);
  await hers.getByRole('heading', { name: 'Notifications' }).waitFor();
  await hers.getByText('This browser does not let Earshot tell you of messages.').waitFor();

  await own.stopServer();
  await own.startServer({ push: { on: false } });
  await hers.reload();
  await hers.getByRole('heading', { name: 'Space on the server' }).waitFor();
  await hers.waitForTimeout(1_000);
  assert.equal(await hers.getByRole('heading', { name: 'Notifications' }).count(), 0);
});
