import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { isProbeId, probes } from '@earshot/doctor/probes/catalogue.ts';
import { assertWhole, humanVoice } from '../browser/recorder-voice.ts';
import { happening, isMessage, personId, town } from '../client/town.ts';
import type { Engine, EngineName, StartEngine } from '../engines/engine.ts';
import { SoundRoom } from '../engines/sound-room.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

const WEB = join(import.meta.dirname, '../../apps/web/dist');
/** The app's own question before the browser asks for the microphone. */
const PRIMER = 'dialog[open]';

/** The whole app in a real browser, by taps and keys alone. Each engine's test is one call of it. */
export function webTests(start: StartEngine): void {
  test('[WEB5] [REC28] [PROBE6] the whole app records a human voice and sends it to another person; and the Doctor sees what this engine tells', { timeout: TRIES_LIMIT }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-web-engine-'));
    await using scope = new AsyncDisposableStack();
    scope.defer(() => rm(folder, { recursive: true }));
    const voice = await humanVoice(folder, 'voice', ['cards/002.wav'], 0);
    await using place = await town({ host: 'localhost', webDir: WEB });
    const ben = await place.person('ben');
    const { secret } = await ben.people.invite();
    await using room = await SoundRoom.open();
    await using engine = await start({ env: room.env });

    const origin = place.origin.replace('127.0.0.1', 'localhost');
    await engine.open(`${origin}/join#${secret}`);
    await fill(engine, 'Your name', 'Ada');
    // Where there are no passkeys, the password is asked for at once.
    if (!(await isAsked(engine, 'Password'))) await press(engine, 'Use a password instead');
    await fill(engine, 'Password', 'three unrelated words');
    await press(engine, 'Join');
    await keepCode(engine);
    await press(engine, 'New conversation');
    await press(engine, 'ben');
    await shows(engine, '.recorder');
    const talk = await engine.evaluate(() => location.href, null);
    await inTries(async () => {
      const arrived = happening(ben, isMessage);
      await press(engine, 'Record a voice message');
      // Where the browser is going to ask for the microphone, the app says so before.
      await shows(engine, `.recorder[data-phase="recording"], ${PRIMER}`);
      if (await isThere(engine, PRIMER)) await press(engine, 'Go on');
      await shows(engine, '.recorder[data-phase="recording"]');
      await room.speak(voice);
      // What an earlier try left lies beside it, with a button of that name as well.
      await press(engine, 'Send', '.recorder');
      await shows(engine, '.recorder[data-phase="idle"]');
      const { message, from } = await arrived;
      assert.notEqual(from, await personId(ben));
      await assertWhole(voice, readOggOpus(await ben.messages.audio(message)));
    }, () => engine.open(talk));
    await shows(engine, 'li.message.mine[data-state="delivered"]');
    await assertDoctorSees(engine, origin);
  });
}

/** What nobody can know of somebody who comes for the first time, from no conversation; and what an engine does not tell. */
const unseenAtFirst = ['system-change', 'network-change', 'conversation', 'recipient'];
/** Where a page is asked for its microphone each time, nobody is asked only to be looked at. */
const microphone = ['microphone-sound', 'microphone-in-use', 'recording-stages'];
const untold: Readonly<Record<EngineName, readonly string[]>> = { chromium: [], firefox: microphone, webkit: [...microphone, 'storage-room', 'storage-kept'] };

/** [PROBE6] All that the Doctor measures by itself runs in this engine; a probe that throws is unknown as well. */
async function assertDoctorSees(engine: Engine, origin: string): Promise<void> {
  const unexplained = async (): Promise<string[]> => (await unseen(engine, origin)).filter((probe) => ![...unseenAtFirst, ...untold[engine.name]].includes(probe));
  const first = await unexplained();
  if (first.length === 0) return;
  // A machine that stands still for some seconds may let what the others are asked by run out of its own time: once more, as if for the first time.
  await engine.open(origin);
  await engine.evaluate(() => localStorage.removeItem('earshot.doctor.visit'), null);
  const second = await unexplained();
  assert.deepEqual(first.filter((probe) => second.includes(probe)), []);
}

/** What the Doctor measured in vain, though it had the time for it. */
async function unseen(engine: Engine, origin: string): Promise<string[]> {
  await engine.open(`${origin}/doctor/network_unreachable`);
  await shows(engine, '.findings[aria-busy="false"]');
  const unknown = await engine.evaluate(() => [...document.querySelectorAll<HTMLElement>('.finding[data-answer="unknown"]')].map(({ dataset }) => ({ probe: dataset['probe'] ?? '', took: Number(dataset['took']) })), null);
  // What ran out of its time on a busy machine was not refused by the engine.
  return unknown.filter(({ probe, took }) => isProbeId(probe) && took < probes[probe].seconds * 1_000).map(({ probe }) => probe);
}

/** Writes the recovery code down, and says the group of it that is asked for. */
async function keepCode(engine: Engine): Promise<void> {
  await shows(engine, '.code-groups li');
  const groups = await engine.evaluate(() => [...document.querySelectorAll('.code-groups li')].map((one) => one.textContent ?? ''), null);
  await press(engine, 'I have it');
  await shows(engine, 'label');
  const asked = await engine.evaluate(() => document.querySelector('label')?.textContent ?? '', null);
  await fill(engine, asked, groups[Number(/\d+/.exec(asked)?.[0]) - 1] ?? '');
  await press(engine, 'That is it');
}

/** Looks, 50 ms apart, at which something is in the same place before it counts as standing still: what slides in takes 220 ms. */
const STILL = 6;

/** Taps the button or link whose name begins so, once it stands still and nothing covers it; `within`: a selector. */
async function press(engine: Engine, name: string, within = 'body'): Promise<void> {
  let before = '';
  let looks = 0;
  const { x, y } = await found(engine, `the button "${name}"`, async () => {
    const at = await engine.evaluate(([wanted, room]) => {
      const nameOf = (element: Element): string => {
        const copy = element.cloneNode(true) as Element;
        for (const decoration of copy.querySelectorAll('[aria-hidden="true"]')) decoration.remove();
        return (element.getAttribute('aria-label') ?? copy.textContent ?? '').trim();
      };
      for (const element of document.querySelectorAll(`${room} :is(button, a)`)) {
        if (!nameOf(element).startsWith(wanted)) continue;
        element.scrollIntoView({ block: 'nearest' });
        const { left, top, width, height } = element.getBoundingClientRect();
        const middle = { x: left + width / 2, y: top + height / 2 };
        if (element.contains(document.elementFromPoint(middle.x, middle.y))) return middle;
      }
      return null;
    }, [name, within] as const);
    looks = before === JSON.stringify(at) ? looks + 1 : 0;
    before = JSON.stringify(at);
    return looks >= STILL ? at : null;
  });
  await engine.tap(x, y);
}

/** Types into the field with this label. */
async function fill(engine: Engine, label: string, text: string): Promise<void> {
  const { x, y } = await found(engine, `the field "${label}"`, () => engine.evaluate((wanted) => {
    const control = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim().startsWith(wanted))?.control;
    if (!control) return null;
    control.scrollIntoView({ block: 'nearest' });
    const { left, top, width, height } = control.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  }, label));
  await engine.tap(x, y);
  await engine.type(text);
}

async function isAsked(engine: Engine, label: string): Promise<boolean> {
  return engine.evaluate((wanted) => [...document.querySelectorAll('label')].some((one) => one.textContent?.trim().startsWith(wanted)), label);
}

const isThere = (engine: Engine, selector: string): Promise<boolean> => engine.evaluate((wanted) => document.querySelector(wanted) !== null, selector);

async function shows(engine: Engine, selector: string): Promise<void> {
  await found(engine, selector, async () => (await isThere(engine, selector)) || null);
}

/** Milliseconds that anything in the app may take. */
const PATIENCE = 60_000;

async function found<T>(engine: Engine, what: string, look: () => Promise<T | null>): Promise<T> {
  for (const end = performance.now() + PATIENCE; ;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > end) throw new Error(`${what} did not come: ${await engine.evaluate(() => document.body.innerText, null)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
