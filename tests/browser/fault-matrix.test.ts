import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { recordingFailures } from '@earshot/protocol/failures-recording.ts';
import type { Page } from 'playwright-core';
import { clips, spoken } from '../corpus/clips.ts';
import type { Sound } from '../corpus/sound.ts';
import { lettersOf } from '../corpus/sources.ts';
import { keepSection } from '../document-section.ts';
import { OwnChromium } from './chromium.ts';
import { faultCases, THIRD_OF_SAMPLES, THIRD_PATH } from './fault-cases.ts';
import type { FaultCase, Outcome } from './fault-cases.ts';
import { serveRecorder } from './recorder-site.ts';
import type { Site } from './recorder-site.ts';

const PAGE = new URL('../../docs/fault-matrix-recording.md', import.meta.url);

let site: Site;
let speech: Sound;
let browsers: Readonly<Record<'usual' | 'bare' | 'asking' | 'denying', OwnChromium>>;
const rows = new Map<FaultCase, string>();
/** Cases at once: most of the time they wait. */
const AT_ONCE = 3;

before(async () => {
  site = await serveRecorder({ [THIRD_PATH]: THIRD_OF_SAMPLES });
  const clip = clips([await lettersOf('cs')]).find(({ manner, levelDb }) => manner === 'fluent' && levelDb > -40);
  assert.ok(clip);
  speech = spoken(clip, 6);
  const start = OwnChromium.start.bind(OwnChromium);
  const [usual, bare, asking, denying] = await Promise.all([start(), start({ voice: null }), start({ permission: 'ask' }), start({ permission: 'ask' })]);
  browsers = { usual, bare, asking, denying };
});

after(async () => {
  for (const browser of Object.values(browsers)) await browser[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

interface Seen {
  readonly outcome: Outcome;
  /** Everything that was said, each once. */
  readonly codes: readonly string[];
  readonly slower: readonly string[];
  /** Milliseconds for which the browser's sound stood still. */
  readonly stood: number;
}

/** A page in which the microphone hears the sound again and again, made far ahead so that it goes on where the machine stands still for a moment; tracks that were given are in `tracks`, and `stood` tells how long sound stood still that is not. */
const HEARING = `{ const { mediaDevices } = navigator; globalThis.tracks = []; let heard = null;
  if (mediaDevices) mediaDevices.getUserMedia = async () => {
    heard ??= (async () => {
      const meter = new AudioContext({ sampleRate: 48_000 });
      await meter.resume();
      const behind = () => performance.now() - meter.currentTime * 1_000;
      const first = behind();
      globalThis.stood = () => behind() - first;
      const context = new AudioContext({ sampleRate: 48_000, latencyHint: 0.1 });
      const samples = new Float32Array(await (await fetch('/sound.f32')).arrayBuffer());
      const buffer = new AudioBuffer({ length: samples.length, sampleRate: 48_000 });
      buffer.copyToChannel(samples, 0);
      const player = new AudioBufferSourceNode(context, { buffer, loop: true });
      const target = context.createMediaStreamDestination();
      player.connect(target);
      player.start();
      return target.stream;
    })();
    const stream = (await heard).clone();
    tracks.push(...stream.getAudioTracks());
    return stream;
  }; }`;

async function open(one: FaultCase, attempt: number): Promise<Page> {
  const { context } = browsers[one.browser ?? 'usual'];
  const page = await context.newPage();
  await page.addInitScript(`globalThis.take = 'case-${faultCases.indexOf(one)}-${attempt}';`);
  const sound = one.sound?.(speech);
  if (sound !== undefined) {
    await page.addInitScript(HEARING);
    await page.route('**/sound.f32', (route) => route.fulfill({ body: Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength) }));
  }
  if (one.page !== undefined) await page.addInitScript(one.page);
  if (one.worker !== undefined) {
    await page.route('**/recorder.worker.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${one.worker}\n${await response.text()}` });
    });
  }
  if (one.missing !== undefined) await page.route(one.missing, (route) => route.fulfill({ status: 404 }));
  await page.goto(one.insecure === true ? site.insecureUrl : site.url);
  await page.mouse.click(5, 5);
  return page;
}

async function see(one: FaultCase, attempt: number): Promise<Seen> {
  const page = await open(one, attempt);
  const opened: Page[] = [];
  page.on('popup', (other) => opened.push(other));
  try {
    await one.before?.(page);
    const started = await page.evaluate((microphone) => window.bench.outcome(async () => {
      await window.bench.open();
      await window.bench.recorder.start({ take: window.take, conversation: 'talk', microphone });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }), one.microphone);
    if (started !== 'ok') return { outcome: 'refused before anyone speaks', codes: [started, ...(await said(page))], slower: [], stood: 0 };
    await one.harm?.(page);
    // Another may come first: the room takes its seconds, and a machine that stands still meanwhile is said at once.
    if (one.code !== null) await page.evaluate((code) => Promise.race([window.bench.until(() => window.bench.told.some((happening) => 'code' in happening && happening.code === code)), window.bench.wait(15_000)]), one.code);
    // What comes in the wake of it comes within a second.
    await new Promise((resolve) => setTimeout(resolve, one.code === null ? 3_000 : 1_000));
    return { outcome: await outcomeOf(page), codes: await said(page), slower: await page.evaluate(() => window.bench.recorder.ways.filter(({ note }) => note !== null).map(({ way }) => way)), stood: await page.evaluate(() => window.stood?.() ?? 0) };
  } finally {
    await Promise.all([...opened, page].map((each) => each.close()));
  }
}

const said = (page: Page): Promise<string[]> => page.evaluate(() => {
  const codes = window.bench.told.flatMap((happening) => (happening.type === 'fault' || happening.type === 'healed' ? [happening.code] : []));
  return [...new Set(codes)];
});

function outcomeOf(page: Page): Promise<Outcome> {
  return page.evaluate(async () => {
    const { recorder, told, until } = window.bench;
    await until(() => recorder.state.at !== 'pausing');
    window.restore?.();
    if (recorder.state.at === 'paused') {
      const kept = (await recorder.drafts()).find((draft) => draft.take === window.take)?.packets ?? 0;
      if (kept === 0) throw new Error('nothing was kept');
      return 'paused, what was said is kept';
    }
    if (recorder.state.at !== 'recording') throw new Error(`it is ${recorder.state.at}`);
    if (told.some(({ type }) => type === 'healed')) return 'repaired, recording goes on';
    return told.some(({ type }) => type === 'fault') ? 'said, recording goes on' : 'nothing is said';
  });
}

/** A machine that stands still for moments really loses sound, and where it does so again and again less comes than the clock allows for. The recorder says so as well, and what a fault does may come too late to be seen: such a case is run again. */
const DISTURBED: ReadonlySet<string> = new Set(['mic.dropouts', 'mic.wrong-rate']);
const ATTEMPTS = 5;
/** Milliseconds of lost sound that are worth saying. */
const STOOD = 40;

async function seeUndisturbed(one: FaultCase) {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await see(one, attempt);
    const extra = seen.codes.filter((code) => code !== one.code);
    if (extra.length === 0 && seen.outcome === one.outcome && (seen.codes.length > 0 || one.code === null)) return seen;
    if (attempt === ATTEMPTS) return seen.stood < STOOD ? seen : withoutDisturbance(one, seen);
  }
}

/** A machine that never stands still for less: of what was said, what is true of it is left out. */
function withoutDisturbance({ code }: FaultCase, { codes, outcome, ...seen }: Seen): Seen {
  const left = codes.filter((one) => one === code || !DISTURBED.has(one));
  return { ...seen, codes: left, outcome: left.length === 0 && outcome === 'said, recording goes on' ? 'nothing is said' : outcome };
}

describe('one fault', { concurrency: AT_ONCE }, () => {
  for (const one of faultCases) {
    test(`[REC30] ${one.fault}: ${one.code ?? 'no code'}, ${one.outcome}`, { timeout: 300_000 }, async () => {
      const { slower, codes, outcome } = await seeUndisturbed(one);
      const { code } = one;
      assert.deepEqual({ codes, outcome }, { codes: code === null ? [] : [code], outcome: one.outcome });
      rows.set(one, `| ${one.fault} | ${one.made} | ${code === null ? '-' : `\`${code}\``} | ${code === null && slower.length > 0 ? `records all the same, by ${slower.join(', ')}, and says so` : outcome} |\n`);
    });
  }
});

test('[REC30] [REC32] every code of recording is in the fault matrix, that of a silent disk too, and the page of the docs is what was seen', async () => {
  assert.equal(rows.size, faultCases.length);
  const injected = new Set(faultCases.map(({ code }) => code));
  assert.deepEqual(Object.keys(recordingFailures).filter((code) => !injected.has(code as never)), []);
  await keepSection(PAGE, 'browser', `\n| fault | made | code | what becomes of it |\n|---|---|---|---|\n${faultCases.map((one) => rows.get(one)).join('')}\n`);
});
