import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearingOf, isProbeId } from '@earshot/doctor/probes/catalogue.ts';
import { type Meddler, Middlebox } from '@earshot/faults/middlebox.node.ts';
import { answersAll, blocksLargeBodies, blocksMethods, blocksWebSocket, captivePortal, contentFilter } from '@earshot/faults/obstacles.ts';
import type { CDPSession, Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';
import { joinAs, openPage, webWorld, type WebWorld } from './web-world.ts';

interface World {
  readonly page: Page;
  readonly box: Middlebox;
  readonly server: WebWorld;
  readonly session: CDPSession;
}

interface Injected {
  readonly fault: string;
  /** Which probe names it, and how. */
  readonly named: readonly [probe: string, answer: string];
  readonly begin: (world: World) => Promise<unknown>;
  readonly end: (world: World) => Promise<unknown>;
}

const meddled = (fault: string, named: Injected['named'], meddle: Meddler): Injected => ({
  fault, named,
  begin: async ({ box }) => {
    box.meddle = meddle;
    box.cut();
  },
  end: async ({ box }) => {
    box.meddle = () => ({ do: 'pass' });
  },
});
/** Something in the page itself is as it should not be, until it is loaded anew without. */
const inPage = (fault: string, named: Injected['named'], script: string): Injected => {
  let id = '';
  return {
    fault, named,
    begin: async ({ session }) => ({ identifier: id } = await session.send('Page.addScriptToEvaluateOnNewDocument', { source: script })),
    end: async ({ session }) => session.send('Page.removeScriptToEvaluateOnNewDocument', { identifier: id }),
  };
};
const stream = (sound: string): string => `navigator.mediaDevices.getUserMedia = async () => { const c = new AudioContext(); const d = c.createMediaStreamDestination(); ${sound}; return d.stream; };`;
const refusing = (name: string): string => `navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', '${name}'); };`;
let asked = 0;
const both = (one: Injected, other: Injected): Injected => ({ ...other, begin: async (world) => [await one.begin(world), await other.begin(world)], end: async (world) => [await one.end(world), await other.end(world)] });

const faults: readonly Injected[] = [
  { fault: 'permission denied', named: ['microphone-permission', 'denied'],
    begin: ({ session }) => session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting: 'denied' }),
    end: ({ session }) => session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting: 'granted' }) },
  inPage('permission never asked', ['microphone-permission', 'ask'], `navigator.permissions.query = async () => ({ state: 'prompt', addEventListener() {} });`),
  inPage('forbidden by a policy', ['microphone-permission', 'policy'], `Object.defineProperty(Document.prototype, 'featurePolicy', { get: () => ({ allowsFeature: () => false }) });`),
  inPage('microphone dead', ['microphone-sound', 'silent'], stream('const s = new ConstantSourceNode(c, { offset: 0 }); s.connect(d); s.start()')),
  inPage('microphone too loud', ['microphone-sound', 'clipping'], stream('const o = c.createOscillator(); const g = new GainNode(c, { gain: 40 }); o.frequency.value = 300; o.connect(g).connect(d); o.start()')),
  inPage('microphone taken by another program', ['microphone-sound', 'busy'], refusing('NotReadableError')),
  inPage('no microphone', ['microphones', 'none'], `navigator.mediaDevices.enumerateDevices = async () => [];`),
  inPage('codec broken', ['encoder', 'broken'], `WebAssembly.compileStreaming = async () => { throw new Error('no'); };`),
  inPage('no sound output', ['playback', 'no-output'], `Object.defineProperty(AudioContext.prototype, 'currentTime', { get: () => 0 });`),
  inPage('clock wrong', ['clock', 'behind'], `{ const now = Date.now; Date.now = () => now() - 7200000; }`),
  inPage('browser lacks what recording needs', ['browser-features', 'missing'], `delete globalThis.AudioContext;`),
  inPage('database refuses', ['storage-writing', 'refused'], `{ const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (value, key) { if (key === 'trial') throw new DOMException('full', 'QuotaExceededError'); return put.call(this, value, key); }; }`),
  { fault: 'storage full', named: ['storage-room', 'full'],
    begin: ({ session, server }) => session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 200_000 }),
    end: ({ session, server }) => session.send('Storage.overrideQuotaForOrigin', { origin: server.origin }) },
  both(inPage('', ['', ''], `Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false });`), meddled('offline', ['server-reach', 'offline'], () => ({ do: 'drop' }))),
  meddled('network answers nothing', ['server-reach', 'unreachable'], () => ({ do: 'drop' })),
  meddled('network swallows everything', ['server-reach', 'stalled'], () => ({ do: 'swallow' })),
  meddled('captive portal', ['server-reach', 'portal'], captivePortal()),
  meddled('captive portal that redirects', ['server-reach', 'portal'], captivePortal('redirect')),
  meddled('server down behind its proxy', ['server-reach', 'down'], answersAll(502)),
  meddled('something else answers', ['server-reach', 'foreign'], answersAll(403)),
  meddled('filter by size', ['uploads', 'stopped-by-size'], blocksLargeBodies(20_000)),
  meddled('filter by type', ['uploads', 'stopped-by-type'], contentFilter(['application/json', 'application/octet-stream'])),
  meddled('filter by method', ['uploads', 'stopped-by-method'], blocksMethods(['PATCH', 'PUT', 'DELETE'])),
  meddled('no open connection', ['live-connection', 'stopped'], blocksWebSocket()),
  meddled('link that loses', ['packet-loss', 'lossy'], ({ path }) => (path === '/v1/echo?answer=0' && (asked += 1) % 4 === 0 ? { do: 'answer', status: 503 } : { do: 'pass' })),
  meddled('server says that it is ill', ['server-status', 'full'], ({ path }) => (path === '/v1/status'
    ? { do: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ product: 'earshot', version: '1', now: Date.now(), state: 'down', components: [], incidents: [{ id: '0'.repeat(26), cause: 'storage.full', began: 1, ended: null, note: null }] }) }
    : { do: 'pass' })),
  meddled('session revoked', ['sign-in', 'revoked'], ({ path }) => (path === '/v1/me'
    ? { do: 'answer', status: 401, headers: { 'content-type': 'application/json', 'earshot-protocol': '1' }, body: JSON.stringify({ error: { code: 'session.revoked', cause: 'x', next: 'x', owner: 'you', evidence: {} } }) }
    : { do: 'pass' })),
];

interface Found {
  readonly answers: ReadonlyMap<string, { readonly answer: string; readonly took: number }>;
}

/** A fresh visit, as from a failure that says nothing of the cause; resolves when the awaited finding is there. */
async function visit(page: Page, origin: string, [probe, answer]: Injected['named']): Promise<Found> {
  await page.goto(`${origin}/doctor/network_unreachable`);
  await page.locator(`.finding[data-probe="${probe}"][data-answer="${answer}"]`).first().waitFor({ state: 'attached', timeout: 60_000 });
  return { answers: await found(page) };
}

async function found(page: Page): Promise<Found['answers']> {
  const rows = await page.locator('.finding').evaluateAll((all) => all.map((one) => [one.getAttribute('data-probe') ?? '', { answer: one.getAttribute('data-answer') ?? '', took: Number(one.getAttribute('data-took')) }] as const));
  return new Map(rows);
}

test('[PROBE1] [PROBE4] every injected fault is named by what is measured alone', { timeout: TRIES_LIMIT }, async (t) => {
  await using box = await Middlebox.open('http://localhost');
  const origin = box.origin.replace('127.0.0.1', 'localhost');
  await using server = await webWorld({ origin, limits: { echoesPerAddress: 100_000 } });
  box.target = new URL(`http://localhost:${server.port}`);
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await joinAs(page, origin, await server.invitation(), 'Noor');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const session = await chromium.context.newCDPSession(page);
  await session.send('Page.enable');
  await session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting: 'granted' });
  const world: World = { page, box, session, server: { ...server, origin } };

  // Each visit begins anew; not before the page of the last one is gone, which would write it down once more.
  await session.send('Page.addScriptToEvaluateOnNewDocument', { source: `localStorage.removeItem('earshot.doctor.visit')` });
  // The beeps of the browser's own fake microphone are torn, and are named so: a room that is not quite still has nothing wrong with it.
  await session.send('Page.addScriptToEvaluateOnNewDocument', { source: stream('const b = c.createBuffer(1, 96000, 48000); const x = b.getChannelData(0); for (let i = 0; i < 96000; i += 1) x[i] = (Math.random() - 0.5) * 0.1; const n = c.createBufferSource(); n.buffer = b; n.loop = true; n.connect(d); n.start()') });
  await t.test('without a fault nothing is in the way', () => inTries(async () => {
    const opened = performance.now();
    const first = page.locator('.finding').first().waitFor({ state: 'attached' }).then(() => performance.now() - opened);
    await visit(page, origin, ['server-reach', 'answers']);
    await page.locator('.finding[data-probe="packet-loss"]').waitFor({ state: 'attached' });
    await page.locator('.finding[data-probe="microphone-sound"]').waitFor({ state: 'attached' });
    await page.locator('.finding[data-probe="uploads"]').waitFor({ state: 'attached' });
    const answers = await found(page);
    assert.deepEqual(await page.locator('.finding[data-bearing="trouble"]').evaluateAll((all) => all.map((one) => `${one.getAttribute('data-probe')}: ${one.getAttribute('data-answer')}`)), []);
    for (const [probe, { answer }] of answers) assert.ok(isProbeId(probe) && (answer === 'unknown' || bearingOf(probe, answer) !== null), `${probe}: ${answer}`);
    const times = [...answers.values()].map(({ took }) => took);
    t.diagnostic(`${times.length} probes: the first finding ${Math.round(await first)} ms after the page was asked for; the longest probe took ${Math.max(...times)} ms`);
    assert.ok(Math.min(...times) * 5 <= Math.max(...times));
  }));
  for (const injected of faults) {
    await t.test(injected.fault, () => inTries(async () => {
      await injected.begin(world);
      try {
        await visit(page, origin, injected.named);
      } catch (error) {
        throw new Error(`${injected.fault}: ${JSON.stringify([...(await found(page))].map(([probe, { answer }]) => `${probe} ${answer}`))}`, { cause: error });
      } finally {
        await injected.end(world);
      }
    }));
  }
});
