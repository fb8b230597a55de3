import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Happening } from '@earshot/client/earshot.ts';
import { sendLater } from './send-later.browser.ts';

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';
}

class FakePage extends EventTarget {
  readonly navigator = { onLine: true };
  readonly document = new FakeDocument();
  hide(): void {
    this.document.visibilityState = 'hidden';
    this.document.dispatchEvent(new Event('visibilitychange'));
  }
  show(): void {
    this.document.visibilityState = 'visible';
    this.document.dispatchEvent(new Event('visibilitychange'));
  }
  go(): void {
    this.dispatchEvent(new Event('pagehide'));
  }
}

// Node has none.
Object.assign(globalThis, { reportError: (error: unknown) => assert.ifError(error) });

let page: FakePage;
let registered: string[];
let outbox: PromiseWithResolvers<undefined>;
let say: (happening: Happening) => void;

beforeEach(async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  page = new FakePage();
  registered = [];
  outbox = Promise.withResolvers();
  const earshot = {
    on: (listener: (happening: Happening) => void) => {
      say = listener;
      return () => undefined;
    },
    settled: async () => await outbox.promise,
  };
  const sync = { register: async (tag: string) => void registered.push(tag), getTags: async () => registered };
  sendLater(earshot, { ready: Promise.resolve({ sync } as unknown as ServiceWorkerRegistration) }, page);
  await turn();
});

afterEach(() => mock.timers.reset());

/** Time passes, and what follows from it happens. */
async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  await turn();
}

async function send(): Promise<void> {
  say({ type: 'changed', conversation: 'talk', message: 'one' });
  await pass(0);
}

async function sent(): Promise<void> {
  outbox.resolve(undefined);
  await turn();
}

test('[WEB29] what goes out at once asks for nothing, and neither does a page that is left after that', async () => {
  await send();
  await pass(1_000);
  await sent();
  await pass(5_000);
  page.hide();
  page.go();
  assert.deepEqual(registered, []);
});

test('[WEB29] what takes longer than a moment is asked for once', async () => {
  await send();
  await send();
  await pass(2_000);
  assert.deepEqual(registered, ['outbox']);
  await pass(5_000);
  assert.deepEqual(registered, ['outbox']);
});

test('[WEB29] without a network it is asked for at once', async () => {
  page.navigator.onLine = false;
  await send();
  assert.deepEqual(registered, ['outbox']);
});

test('[WEB29] a page that gets out of sight or goes asks before it is ended, though the moment is not over', async () => {
  await send();
  page.hide();
  assert.deepEqual(registered, ['outbox'], 'in the same breath: a page that goes waits for nothing');
  page.show();
  assert.equal(registered.length, 1);
  page.go();
  assert.equal(registered.length, 2);
});

test('[WEB29] what still waits when it was asked for is asked for again by a page that is left', async () => {
  await send();
  outbox.reject(new Error('the server does not answer'));
  await turn();
  assert.equal(registered.length, 1);
  page.go();
  assert.equal(registered.length, 2);
});
