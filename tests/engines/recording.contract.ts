import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ContractResult } from '@earshot/recorder/journal/journal-files.contract.ts';
import type { Kept } from '../browser/recorder-page.ts';
import { LACKS, serveRecorder } from '../browser/recorder-site.ts';
import type { Site } from '../browser/recorder-site.ts';
import { assertWhole, humanVoice } from '../browser/recorder-voice.ts';
import type { Heard, Voice } from '../browser/recorder-voice.ts';
import type { Engine, StartEngine } from './engine.ts';
import { SoundRoom } from './sound-room.ts';
import { inTries, saidInTries, TRIES_LIMIT } from './tries.ts';

const DOCS = new URL('../../docs/engines.md', import.meta.url);

type Disk = 'opfs' | 'indexeddb';

/** What one engine is known for; the tests hold it to that. */
export interface Nature {
  /** As docs/engines.md calls it. */
  readonly title: string;
  /** The disks it has, the best first. */
  readonly disks: readonly [Disk, ...Disk[]];
  /** Whether it tells a page that the system muted the microphone. Where it does not, the silence is found in the sound. */
  readonly tellsMute: boolean;
}

/** Packets of a take, to its end where `until` is not given. */
interface Stretch {
  readonly from: number;
  readonly until?: number;
}

/** Milliseconds that a kill may cost at most on a machine that does other work at the same time; what it should cost is in docs/measurements.md. */
const KILLED = 300;

/** Everything that recording is, in a real browser with a microphone that hears a human voice. Each engine's test is one call of it. */
export function recordingTests(start: StartEngine, { title, disks, tellsMute }: Nature): void {
  const scope = new AsyncDisposableStack();
  let site: Site;
  let room: SoundRoom;
  /** That of the tests; where one of them has its own, it is an argument: a try that was given up does not meddle with the next. */
  let current: Engine;
  let voice: Voice;

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-engine-'));
    scope.defer(() => rm(folder, { recursive: true }));
    voice = await humanVoice(folder, 'voice', ['cards/002.wav'], 0);
    site = scope.use(await serveRecorder());
    room = scope.use(await SoundRoom.open());
    current = await start({ env: room.env });
    // The one that is open in the end: some tests start another.
    scope.defer(() => current[Symbol.asyncDispose]());
  });

  after(() => scope.disposeAsync());

  /** Another browser from here on; one that comes when its try was given up ends at once. */
  const another = async (givenUp: AbortSignal, profile?: string): Promise<Engine> => {
    const next = await start({ env: room.env, ...(profile !== undefined && { profile }) });
    if (givenUp.aborted) await next[Symbol.asyncDispose]();
    givenUp.throwIfAborted();
    current = next;
    return next;
  };

  /** A browser that hangs, or whose disk does, is no use for another try; and the microphone may still be unplugged. */
  const trying = (attempt: (engine: Engine, givenUp: AbortSignal) => Promise<void>): Promise<void> => inTries((givenUp) => attempt(current, givenUp), async (givenUp) => {
    await current[Symbol.asyncDispose]();
    await room.plug();
    await another(givenUp);
  });

  /** Begins a take; the voice is spoken as soon as the recorder says so. */
  const speakInto = async (engine: Engine): Promise<string> => {
    const take = await begin(engine, null);
    await room.speak(voice);
    return take;
  };

  /** Goes on with a take and speaks, until all of it is heard from there to its end: which packets that are. */
  const speakWhole = async (engine: Engine, take: string, end: (take: string) => Promise<Kept>): Promise<Stretch> => {
    const whole = await saidInTries(
      async () => {
        const from = await engine.evaluate(goOn, take);
        await room.speak(voice);
        return { from, kept: await engine.evaluate(end, take) };
      },
      (said) => assertWhole(voice, heardIn(said.kept, said)),
    );
    return { from: whole.from, until: whole.kept.packets.length };
  };

  const stopped = async (engine: Engine, take: string): Promise<Kept> =>
    engine.evaluate(async (id) => {
      await window.bench.recorder.stop();
      return window.bench.kept(id);
    }, take);

  test('[REC8] a human voice is recorded whole, from the first syllable to the last', { timeout: TRIES_LIMIT }, async () => {
    await trying(async (engine) => {
      await engine.open(site.url);
      const take = await speakInto(engine);
      await assertWhole(voice, heardIn(await stopped(engine, take)));
    });
  });

  test('[REC27] [REC28] it records in the ways that docs/engines.md says', { timeout: TRIES_LIMIT }, async () => {
    await current.open(site.url);
    const ways = await current.evaluate(async () => {
      await window.bench.open();
      return window.bench.recorder.ways;
    }, null);
    const row = [title, ...ways.map(({ way }) => `\`${way}\``), tellsMute ? 'yes' : 'no'];
    const docs = await readFile(DOCS, 'utf8');
    assert.ok(docs.includes(`| ${row.join(' | ')} |`), `the table lacks: | ${row.join(' | ')} |`);
    for (const { what, way, note } of ways) {
      const best = what === 'disk' ? way === 'opfs' : what === 'capture' ? way === 'track' : true;
      assert.equal(note === null, best, JSON.stringify(ways));
      if (what === 'disk') assert.equal(way, disks[0]);
    }
  });

  for (const disk of disks) {
    test(`[REC1] the journal on ${disk} keeps the whole contract`, { timeout: TRIES_LIMIT }, async (t) => {
      await current.open(site.url);
      const results = await current.evaluate(runContract, disk);
      assert.ok(results.length >= 12, `${results.length} tests`);
      for (const [name, complaint] of results) await t.test(name, () => assert.equal(complaint, null));
    });
  }

  test('[REC10] paused and resumed it is one take, whole on either side', { timeout: TRIES_LIMIT }, async () => {
    await trying(async (engine) => {
      await engine.open(site.url);
      const take = await begin(engine, null);
      const first = await speakWhole(engine, take, pause);
      const second = await speakWhole(engine, take, pause);
      const kept = await stopped(engine, take);
      assert.equal(kept.parts.length, 1);
      await assertWhole(voice, heardIn(kept, first));
      await assertWhole(voice, heardIn(kept, second));
    });
  });

  test('[REC11] with the page blocked for 2 seconds no frame is lost', { timeout: TRIES_LIMIT }, async () => {
    await trying(async (engine) => {
      await engine.open(site.url);
      const take = await begin(engine, null);
      const spoken = room.speak(voice);
      await engine.evaluate(() => {
        const end = performance.now() + 2_000;
        while (performance.now() < end);
      }, null);
      await spoken;
      await assertWhole(voice, heardIn(await stopped(engine, take)));
    });
  });

  test('[REC16] a microphone that gives nothing is named while one speaks, and so is one that was muted', { timeout: TRIES_LIMIT }, async () => {
    await trying(async (engine) => {
      await room.mute(false);
      await engine.open(site.url);
      await engine.evaluate(() => window.bench.begin(), null);
      const faults = await engine.evaluate(async () => {
        const { told, until } = window.bench;
        await until(() => told.some((one) => one.type === 'fault'));
        return told.flatMap((one) => (one.type === 'fault' ? [one.code] : []));
      }, null);
      assert.deepEqual(faults, ['mic.silent']);
      await room.mute(true);
      const state = await engine.evaluate(async (told) => {
        const { bench } = window;
        await (told ? bench.until(() => bench.recorder.state.at === 'paused') : bench.wait(2_000));
        return bench.recorder.state;
      }, tellsMute);
      await room.mute(false);
      // Left in mid-take, WebKit's disk may answer no page any more (docs/engines.md).
      await engine.evaluate(() => window.bench.recorder.stop().then(() => undefined), null);
      // Where nothing tells, it is the silence that was named already.
      assert.deepEqual([state.at, 'why' in state ? state.why : null], tellsMute ? ['paused', 'mic.muted'] : ['recording', null]);
    });
  });

  test('[REC20] a microphone that is unplugged in mid-take ends nothing: what was said is there, and plugged in again it goes on in the same take', { timeout: TRIES_LIMIT }, async (t) => {
    await trying(async (engine) => {
      await engine.open(site.url);
      const take = await begin(engine, null);
      const first = await speakWhole(engine, take, look);
      await room.unplug();
      const unplugged = engine.evaluate(async () => {
        await window.bench.wait(2_000);
        return window.bench.recorder.state;
      }, null);
      await unplugged.catch(() => undefined);
      await room.plug();
      const state = await unplugged;
      t.diagnostic(`2 s after it was unplugged: ${JSON.stringify(state)}`);
      assert.ok(state.at === 'recording' || (state.at === 'paused' && state.why === 'mic.ended'), JSON.stringify(state));
      await engine.evaluate(async () => {
        const { recorder } = window.bench;
        if (recorder.state.at === 'recording') await recorder.pause();
        await recorder.useMicrophone(undefined);
      }, null);
      const second = await speakWhole(engine, take, pause);
      const kept = await stopped(engine, take);
      await assertWhole(voice, heardIn(kept, first));
      await assertWhole(voice, heardIn({ ...kept, parts: kept.parts.slice(-1) }, second));
    });
  });

  test('[REC27] where everything is missing, slower ways are taken, said, and record as well', { timeout: TRIES_LIMIT }, async () => {
    await trying(async (engine) => {
      await engine.open(site.lacking(LACKS));
      const take = await speakInto(engine);
      const ways = await engine.evaluate(() => window.bench.recorder.ways, null);
      assert.deepEqual(ways.map(({ way }) => way), ['script-processor', 'indexeddb', 'plain', 'channel']);
      assert.ok(ways.every(({ note }) => note !== null), JSON.stringify(ways));
      await assertWhole(voice, heardIn(await stopped(engine, take)));
    });
  });

  test('[REC13] [REC14] after the browser is killed the draft is there, nearly all of it, and goes on in a new part', { timeout: TRIES_LIMIT }, async (t) => {
    await trying(async (engine, givenUp) => {
      await engine.open(site.url);
      const take = await begin(engine, null);
      const { from } = await speakWhole(engine, take, look);
      // Of what the sound system withheld before, the draft is not short.
      const origin = await engine.evaluate(() => window.bench.originLately(), null);
      const killed = await engine.kill();
      const again = await another(givenUp, engine.profile);
      await again.open(site.url);
      const draft = await again.evaluate(async (id) => {
        await window.bench.open();
        return (await window.bench.recorder.drafts()).find((one) => one.take === id) ?? null;
      }, take);
      assert.ok(draft !== null && draft.state === 'open' && !draft.open, JSON.stringify(draft));
      const lost = Math.round(killed - origin - draft.packets * 20);
      t.diagnostic(`lost: ${lost} ms`);
      assert.ok(lost <= KILLED, `${lost} ms`);
      await begin(again, take);
      const second = await speakWhole(again, take, pause);
      const kept = await stopped(again, take);
      assert.equal(kept.parts.length, 2);
      const seam = kept.parts[1]?.packet ?? 0;
      await assertWhole(voice, heardIn(kept, { from, until: seam }));
      await assertWhole(voice, heardIn({ ...kept, parts: kept.parts.slice(1) }, second));
    });
  });
}

/** Begins a take, or goes on with a draft. */
function begin(engine: Engine, draft: string | null): Promise<string> {
  return engine.evaluate((earlier) => window.bench.begin({}, earlier ?? undefined), draft);
}

// What follows is run in the page, and sees nothing of this file.

/** How many packets there are before anything else is said. */
async function goOn(take: string): Promise<number> {
  const { bench } = window;
  if (bench.recorder.state.at === 'paused') await bench.recorder.resume();
  return (await bench.kept(take)).packets.length;
}

async function pause(take: string): Promise<Kept> {
  await window.bench.recorder.pause();
  return window.bench.kept(take);
}

/** Recording goes on. */
function look(take: string): Promise<Kept> {
  return window.bench.kept(take);
}

function runContract(disk: Disk): Promise<ContractResult> {
  return new Promise<ContractResult>((resolve, reject) => {
    const worker = new Worker('/journal-contract.worker.js', { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<ContractResult>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(disk);
  });
}

const heardIn = ({ packets, parts }: Kept, { from, until }: Stretch = { from: 0 }): Heard => ({
  packets: packets.slice(from, until).map((packet) => Uint8Array.from(packet)),
  preSkip: parts[0]?.preSkip ?? 0,
});
