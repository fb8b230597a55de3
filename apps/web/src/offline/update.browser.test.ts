import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { watchForUpdate } from './update.browser.ts';
import type { Update } from './update.ts';

class FakeWorker extends EventTarget {
  readonly told: string[] = [];
  state: ServiceWorkerState;
  constructor(state: ServiceWorkerState) {
    super();
    this.state = state;
  }
  postMessage(message: string): void {
    this.told.push(message);
  }
}

class FakeRegistration extends EventTarget {
  waiting: FakeWorker | null = null;
  installing: FakeWorker | null = null;
}

class FakeContainer extends EventTarget {
  controller: FakeWorker | null = new FakeWorker('activated');
  readonly registration = new FakeRegistration();
  register(): Promise<FakeRegistration> {
    return Promise.resolve(this.registration);
  }
}

// Node has none.
Object.assign(globalThis, { reportError: (error: unknown) => assert.ifError(error) });

interface Shown {
  readonly update: Update;
  readonly container: FakeContainer;
  readonly loads: () => number;
  /** A newer version is installed and waits. */
  comes(): FakeWorker;
  /** It becomes what serves the page. */
  takesOver(worker: FakeWorker): void;
}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const free = (): boolean => true;

async function open(): Promise<Shown> {
  const container = new FakeContainer();
  const { registration } = container;
  let loads = 0;
  const update = watchForUpdate(container as unknown as ServiceWorkerContainer, { reload: () => void (loads += 1) });
  await turn();
  const comes = (): FakeWorker => {
    const worker = new FakeWorker('installing');
    registration.installing = worker;
    registration.dispatchEvent(new Event('updatefound'));
    [worker.state, registration.waiting] = ['installed', worker];
    worker.dispatchEvent(new Event('statechange'));
    return worker;
  };
  const takesOver = (worker: FakeWorker): void => {
    [worker.state, registration.waiting, container.controller] = ['activating', null, worker];
    container.dispatchEvent(new Event('controllerchange'));
    worker.state = 'activated';
  };
  return { update, container, loads: () => loads, comes, takesOver };
}

test('[WEB43] a newer version that waits takes over when its person wants it: the older one gives way, and the page is loaded anew', async () => {
  const { update, container, loads, comes, takesOver } = await open();
  const older = container.controller;
  const newer = comes();
  assert.equal(update.stage.value, 'ready');
  update.apply(free);
  assert.deepEqual([older?.told, newer.told, loads()], [['give way'], ['take over'], 0]);
  takesOver(newer);
  assert.equal(loads(), 1);
});

test('[WEB43] what another window has updated is one touch away here: the newer version is not silenced, and the page is loaded anew', async () => {
  const { update, loads, comes, takesOver } = await open();
  const newer = comes();
  takesOver(newer);
  assert.deepEqual([update.stage.value, loads()], ['ready', 0], 'nobody asked for it here yet');
  update.apply(free);
  assert.deepEqual([newer.told, loads()], [[], 1]);
});

test('[WEB43] after that a still newer version loads nothing anew before its person wants it here', async () => {
  const { update, loads, comes, takesOver } = await open();
  takesOver(comes());
  update.apply(free);
  const before = loads();
  const newest = comes();
  takesOver(newest);
  assert.equal(loads(), before);
  const last = comes();
  update.apply(free);
  assert.deepEqual([newest.told, last.told], [['give way'], ['take over']]);
  takesOver(last);
  assert.equal(loads(), before + 1);
});

test('[WEB43] an older version that does not give way is said after half a minute, and nothing is loaded anew before it is asked for again', async () => {
  const { update, loads, comes, takesOver } = await open();
  const newer = comes();
  update.apply(free);
  mock.timers.tick(29_999);
  assert.equal(update.stage.value, 'asked');
  mock.timers.tick(1);
  assert.equal(update.stage.value, 'held-up');
  takesOver(newer);
  assert.deepEqual([update.stage.value, loads()], ['held-up', 0], 'whoever asked may be speaking by now');
  update.apply(free);
  assert.equal(loads(), 1);
});

test('[WEB43] a newer version that takes over while its person has begun to speak loads nothing anew: it is one touch away after that', async () => {
  const { update, loads, comes, takesOver } = await open();
  const newer = comes();
  let speaks = false;
  update.apply(() => !speaks);
  speaks = true;
  takesOver(newer);
  assert.deepEqual([update.stage.value, loads()], ['ready', 0]);
  mock.timers.tick(60_000);
  assert.equal(update.stage.value, 'ready');
  update.apply(free);
  assert.equal(loads(), 1);
});

test('[WEB43] whoever asks once more waits the whole time once more', async () => {
  const { update, comes } = await open();
  comes();
  update.apply(free);
  mock.timers.tick(20_000);
  comes();
  update.apply(free);
  mock.timers.tick(20_000);
  assert.equal(update.stage.value, 'asked');
  mock.timers.tick(10_000);
  assert.equal(update.stage.value, 'held-up');
});
