import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { beginRecording, button, joinAs, openPage, phase, webWorld } from './web-world.ts';

test('[WEB16] from opening the installed app to a recording microphone is one tap; how long it takes is printed for whoever measures (aim on a quiet machine: 500 ms)', { timeout: 300_000 }, async (context) => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await beginRecording(page);
  await button(page, 'Discard').click();
  await phase(page, 'idle');
  await page.evaluate(async () => navigator.serviceWorker.ready);
  const address = page.url();

  const measured: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await page.goto('about:blank');
    // A person cannot press before the button is there; a script presses the moment it is.
    await page.addInitScript(() => {
      const watcher = new MutationObserver(() => {
        const record = document.querySelector<HTMLButtonElement>('.record');
        if (record && record.dataset['pressed'] === undefined) {
          record.dataset['pressed'] = 'yes';
          record.click();
        }
        if (document.querySelector('[data-phase="recording"]')) {
          watcher.disconnect();
          document.documentElement.dataset['since'] = String(performance.now());
        }
      });
      watcher.observe(document, { subtree: true, childList: true, attributes: true });
    });
    await page.goto(address);
    const since = page.locator('html[data-since]');
    await since.waitFor();
    measured.push(Number(await since.getAttribute('data-since')));
    // Of the recorder: what was given up in its first moment may lie there as a draft.
    await page.getByLabel('Discard', { exact: true }).click();
    await phase(page, 'idle');
  }
  assert.ok(measured.every((one) => one > 0), measured.join());
  const median = measured.toSorted((one, other) => one - other)[2] ?? Number.NaN;
  context.diagnostic(`opening to recording: median ${Math.round(median)} ms of ${measured.map(Math.round).join(', ')}`);
});
