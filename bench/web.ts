import { spawnSync } from 'node:child_process';
import { OwnChromium } from '../tests/browser/chromium.ts';
import { humanVoice } from '../tests/browser/recorder-voice.ts';
import { button, joinAs, openPage, phase, webWorld } from '../tests/e2e/web-world.ts';
import { quantile, type Row } from './table.ts';

const OPENINGS = 7;

/** What the build says of itself: kilobytes of script, compressed, that the page loads before it can record; the codec aside. */
function scriptKilobytes(): number {
  const built = spawnSync(process.execPath, [new URL('../apps/web/build.ts', import.meta.url).pathname], { encoding: 'utf8' });
  const match = /needed before recording: ([\d.]+) KB/.exec(built.stdout);
  if (built.status !== 0 || !match) throw new Error(`the build failed: ${built.stderr}`);
  return Number(match[1]);
}

/**
 * In the page, from its first moment on: taps record as soon as that is offered, and notes when the first captured frame has arrived, in
 * milliseconds since the navigation began. A person's finger would be slower; a driver outside the page would be measured with it.
 */
function tapAtOnce(): void {
  let tapped = false;
  const look = (): void => {
    const offered = document.querySelector<HTMLButtonElement>('button[aria-label="Record a voice message"]');
    if (!tapped && offered && !offered.disabled) {
      tapped = true;
      offered.click();
    }
    if (!document.querySelector('[data-phase="recording"]')) return;
    document.documentElement.dataset['recordingAfter'] ??= String(performance.now());
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
}

/** Opens the installed app at a conversation: milliseconds from navigation to the first captured frame. */
async function openingTimes(): Promise<number[]> {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0890.wav'], 1);
  await using chromium = await OwnChromium.start({ voice: voice.path });
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Ada');
  await page.getByRole('navigation', { name: 'Conversations' }).getByText('Notes').click();
  await button(page, 'Record a voice message').waitFor();
  const notes = page.url();
  await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  await page.addInitScript(tapAtOnce);
  const times: number[] = [];
  for (let index = 0; index <= OPENINGS; index += 1) {
    await page.goto(notes, { waitUntil: 'commit' });
    await phase(page, 'recording');
    const after = await page.evaluate(() => Number(document.documentElement.dataset['recordingAfter']));
    if (index > 0) times.push(after); // the first warms the caches
    await page.waitForTimeout(200);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(500);
  }
  return times;
}

export async function measureWeb(): Promise<Row[]> {
  const kilobytes = scriptKilobytes();
  const times = await openingTimes();
  return [
    { what: 'script before recording, compressed', measured: kilobytes, unit: 'KB', aim: 120, better: 'lower' },
    { what: 'from opening to a recording microphone', measured: quantile(times, 0.5), unit: 'ms', aim: 500, better: 'lower', note: `worst of ${times.length}: ${Math.max(...times).toFixed(0)} ms` },
  ];
}
