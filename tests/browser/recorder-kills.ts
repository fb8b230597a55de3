import type { Page } from 'playwright-core';
import { OwnChromium } from './chromium.ts';
import type { Site } from './recorder-site.ts';

/** What is killed: the whole browser with all its processes, the processes of pages, or the page by closing it. */
export type Target = 'browser' | 'renderer' | 'page';

export interface Kill {
  /** Milliseconds of recording before the kill. */
  readonly after: number;
  /** Milliseconds of sound that the microphone gave before the kill and that are not in the draft. */
  readonly lost: number;
}

export interface Killing {
  readonly site: Site;
  /** A WAV file that the microphone hears. */
  readonly voice: string;
  readonly profile: string;
  readonly target: Target;
  /** How long each recording lasts, in milliseconds. */
  readonly delays: readonly number[];
  readonly told?: (kill: Kill) => void;
}

/**
 * Milliseconds that sound is under way at least before the page can hear of it: the audio system's buffers and a packet. What was
 * spoken in them before the kill is lost as well, so they count. By an audio graph it was 40, and a track is 8 to 18 ms earlier.
 */
const UNDER_WAY = 30;

/** Records, kills, looks what is left, as often as there are delays. The profile stays the same, as it would for a person. */
export async function killAgainAndAgain({ site, voice, profile, target, delays, told }: Killing): Promise<Kill[]> {
  const kills: Kill[] = [];
  let chromium = await OwnChromium.start({ voice, profile });
  let page = await chromium.open(site.url);
  try {
    for (const after of delays) {
      const take = await begin(page);
      await new Promise((resolve) => setTimeout(resolve, after));
      const { origin, withheld } = await page.evaluate(() => ({ origin: window.bench.origin, withheld: window.bench.withheld() }));
      const killed = await kill(chromium, page, target);
      if (target === 'browser') chromium = await OwnChromium.start({ voice, profile });
      page = await openAgain(chromium, site.url);
      const one = { after, lost: Math.round(killed - origin - withheld + UNDER_WAY - (await packetsOf(page, take)) * 20) };
      kills.push(one);
      told?.(one);
    }
  } finally {
    await chromium.kill();
  }
  return kills;
}

/** A browser whose page processes were just killed needs a moment before it makes new ones. */
async function openAgain(chromium: OwnChromium, url: string): Promise<Page> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await chromium.open(url);
    } catch (error) {
      if (attempt === 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

/** Sealed, as in the app. */
async function begin(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const { bench } = window;
    bench.origin = Number.POSITIVE_INFINITY;
    bench.countGiven();
    await bench.open({ secret: new Uint8Array(32) });
    const take = bench.id();
    await bench.recorder.start({ take, conversation: bench.id() });
    return take;
  });
}

/** When it was killed. */
async function kill(chromium: OwnChromium, page: Page, target: Target): Promise<number> {
  if (target === 'browser') return chromium.kill();
  if (target === 'renderer') return chromium.killRenderers();
  const killed = Date.now();
  await page.close();
  return killed;
}

async function packetsOf(page: Page, take: string): Promise<number> {
  return page.evaluate(async (id) => {
    const { bench } = window;
    await bench.open({ secret: new Uint8Array(32) });
    const draft = (await bench.recorder.drafts()).find((one) => one.take === id);
    if (draft === undefined || draft.state !== 'open') throw new Error(`the draft is not there: ${JSON.stringify(draft)}`);
    const { packets } = await bench.recorder.readTake(id);
    await bench.recorder.forget(id);
    return packets.length;
  }, take);
}

export interface Distribution {
  readonly kills: number;
  readonly least: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

export function distributionOf(kills: readonly Kill[]): Distribution {
  const sorted = kills.map(({ lost }) => lost).toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { kills: sorted.length, least: at(0), median: at(0.5), p95: at(0.95), most: at(1) };
}
