// Pictures of every state of the interface, to be looked at: node apps/web/gallery.ts FOLDER [name part]
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { sampleMessages } from './src/testing/sample-data.ts';

const here = import.meta.dirname;
const [folder = join(tmpdir(), 'earshot-gallery'), only = ''] = process.argv.slice(2);
const TALK = `/c/${'11'.padStart(26, '0')}`;
/** With somebody where what is said goes two minutes after it was heard. */
const BRIEF = `/c/${'16'.padStart(26, '0')}`;
const GROUP = `/c/${'12'.padStart(26, '0')}`;

/** The sample world answers at once. Milliseconds. */
const PATIENCE = 8_000;

interface Scene {
  readonly name: string;
  readonly path: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

/** A message of the sample world whose sound is not here. */
const missing = sampleMessages().find((message) => !message.here)?.id;

const press = (name: string | RegExp) => async (page: Page) => page.getByRole('button', { name, exact: typeof name === 'string' }).first().click();
const both = (...steps: ((page: Page) => Promise<void>)[]) => async (page: Page): Promise<void> => {
  for (const step of steps) await step(page);
};
const record = press('Record a voice message');
const unlocking = (way: string, label: string, submit: string) => both(press(way), async (page) => page.getByLabel(label).fill('7K2M-0QXR'), press(submit), async (page) => page.locator('.snack').waitFor());

const scenes: readonly Scene[] = [
  { name: 'join', path: '/join?world=signed-out#secret', prepare: async (page) => page.getByLabel('Your name').fill('Noor Haddad') },
  { name: 'join-password', path: '/join?world=signed-out#secret', prepare: press('Use a password instead') },
  { name: 'join-signed-in', path: '/join?#secret' },
  { name: 'join-signed-in-german', path: '/join?locale=de#secret' },
  { name: 'join-broken', path: '/join?world=signed-out' },
  { name: 'sign-in', path: '/?world=signed-out' },
  { name: 'sign-in-wrong', path: '/?world=signed-out', prepare: async (page) => {
    await page.getByLabel('Your handle').fill('noor');
    await page.getByLabel('Password').fill('not this one');
    await press('Sign in')(page);
  } },
  { name: 'recovery', path: '/?world=fresh' },
  { name: 'recovery-german', path: '/?world=fresh&locale=de' },
  { name: 'recovery-confirm', path: '/?world=fresh', prepare: press('I have it') },
  { name: 'locked', path: '/?world=locked' },
  { name: 'locked-code', path: '/?world=locked', prepare: press('Use the recovery code') },
  { name: 'locked-digits', path: '/?world=locked', prepare: press('Compare digits instead') },
  { name: 'restore-offer', path: '/?world=locked', prepare: unlocking('Use the recovery code', 'Recovery code', 'Open') },
  { name: 'restore-offer-german', path: '/?world=locked&locale=de', prepare: unlocking('Wiederherstellungscode eingeben', 'Wiederherstellungscode', 'Öffnen') },
  { name: 'restore-sheet', path: '/?world=locked', prepare: both(unlocking('Use the recovery code', 'Recovery code', 'Open'), async (page) => page.locator('.snack button').first().click()) },
  { name: 'link', path: '/link?world=signed-out#code' },
  { name: 'sign-in-other-device', path: '/?world=signed-out', prepare: press('I have another device') },
  { name: 'add-device', path: '/settings?', prepare: press('Add a device') },
  { name: 'add-device-german', path: '/settings?locale=de', prepare: press('Gerät hinzufügen') },
  { name: 'safety', path: `${TALK}?`, prepare: both(press(/About this conversation/), press('Safety number')) },
  { name: 'safety-stranger', path: `${TALK}?stranger`, prepare: both(press(/About this conversation/), press('Safety number')) },
  { name: 'locked-anew', path: '/?world=locked', prepare: press('I have neither a device nor the code') },
  { name: 'locked-anew-sure', path: '/?world=locked', prepare: both(press('I have neither a device nor the code'), press('I have looked: begin anew')) },
  { name: 'add-device-digits', path: '/settings?', prepare: both(press('Add a device'), press('Compare')) },
  { name: 'sign-in-recover', path: '/?world=signed-out', prepare: press('Come in with the recovery code') },
  { name: 'list-empty', path: '/?world=empty' },
  { name: 'list', path: '/?' },
  { name: 'list-offline', path: '/?offline', prepare: async (page) => page.locator('.connection').first().waitFor({ state: 'attached' }) },
  { name: 'list-incident', path: '/?offline=server.incident', prepare: async (page) => page.locator('.status-link').waitFor() },
  { name: 'list-portal-german', path: '/?offline=network.portal&locale=de', prepare: async (page) => page.locator('.connection').first().waitFor({ state: 'attached' }) },
  { name: 'new', path: '/?', prepare: press('New conversation') },
  { name: 'invite', path: '/?', prepare: both(press('New conversation'), press(/Invite somebody/)) },
  { name: 'invite-refused', path: '/?', prepare: both(press('New conversation'), press(/Invite somebody/), (page) => page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('Write permission denied.', 'NotAllowedError'));
  }), press('Copy link'), async (page) => page.locator('.sheet .snack').waitFor()) },
  { name: 'new-group', path: '/?', prepare: both(press('New conversation'), press(/New group/)) },
  { name: 'talk', path: `${TALK}?` },
  { name: 'where', path: `/where/${missing}?`, prepare: press('Look everywhere') },
  { name: 'where-german', path: `/where/${missing}?locale=de` },
  { name: 'backup', path: '/settings?', prepare: async (page) => page.getByRole('heading', { name: 'Backup', exact: true }).scrollIntoViewIfNeeded() },
  { name: 'talk-german', path: `${TALK}?locale=de` },
  { name: 'talk-draft', path: `${TALK}?draft` },
  { name: 'talk-draft-german', path: `${TALK}?draft&locale=de` },
  { name: 'group', path: `${GROUP}?` },
  { name: 'notes-empty', path: `/c/${'0'.repeat(26)}?world=empty` },
  { name: 'closed', path: `/c/${'15'.padStart(26, '0')}?` },
  { name: 'recording', path: `${TALK}?`, prepare: record },
  { name: 'recording-getting', path: `${TALK}?hesitant`, prepare: record },
  { name: 'recording-fault', path: `${TALK}?fault=mic.silent`, prepare: record },
  { name: 'recording-refused', path: `${TALK}?refuse=mic.denied`, prepare: record },
  { name: 'recording-paused', path: `${TALK}?`, prepare: both(record, press('Pause')) },
  { name: 'recording-edit', path: `${TALK}?`, prepare: async (page) => {
    await both(record, press('Pause'))(page);
    const handle = page.getByRole('slider', { name: 'Cut from the end' });
    for (const key of ['PageDown', 'PageDown', 'ArrowLeft']) await handle.press(key);
  } },
  { name: 'recording-kept', path: `${TALK}?interrupt=recorder.interrupted`, prepare: record },
  { name: 'recording-hold', path: `${TALK}?`, prepare: async (page) => {
    const box = await page.getByRole('button', { name: 'Record a voice message' }).boundingBox();
    if (!box) return;
    await page.mouse.move(box.x + 36, box.y + 36);
    await page.mouse.down();
    await page.waitForTimeout(500);
    await page.mouse.move(box.x + 6, box.y + 36);
  } },
  { name: 'sent', path: `${TALK}?`, prepare: both(record, press('Send')) },
  { name: 'waking-question', path: `${TALK}?`, prepare: both(record, press('Send'), async (page) => page.getByRole('button', { name: 'Yes, tell me' }).waitFor({ timeout: 8_000 })) },
  { name: 'discarded', path: `${TALK}?`, prepare: both(record, press('Discard')) },
  { name: 'sent-again', path: `${TALK}?`, prepare: both(record, press('Send'), record) },
  { name: 'playing', path: `${TALK}?`, prepare: press('Play') },
  { name: 'playing-speed', path: `${TALK}?`, prepare: both(press('Play'), press(/^Speed/)) },
  { name: 'message-menu', path: `${TALK}?`, prepare: press('Options for this message') },
  { name: 'message-details', path: `${TALK}?`, prepare: press(/Heard. Show details/) },
  { name: 'message-details-waiting', path: `${GROUP}?`, prepare: press(/On the server. Show details/) },
  { name: 'away', path: `/c/${'13'.padStart(26, '0')}?` },
  { name: 'about', path: `${TALK}?`, prepare: press(/About this conversation/) },
  { name: 'about-group', path: `${GROUP}?`, prepare: press(/About this conversation/) },
  { name: 'microphone', path: `${TALK}?`, prepare: press(/Microphone: /) },
  { name: 'gallery', path: '/gallery?' },
  { name: 'gallery-german', path: '/gallery?locale=de', prepare: press('Auswählen') },
  { name: 'gallery-exactly', path: '/gallery?', prepare: press('More precisely …') },
  { name: 'gallery-exactly-choose', path: '/gallery?', prepare: both(press('Choose'), press('Choose all')) },
  { name: 'settings-backup', path: '/settings?', prepare: async (page) => page.locator('.unseen').scrollIntoViewIfNeeded() },
  { name: 'keep-other-time', path: `${BRIEF}?`, prepare: press(/^How long the next message stays/) },
  { name: 'settings', path: '/settings?' },
  { name: 'settings-denied', path: '/settings?denied', prepare: async (page) => page.getByRole('heading', { name: 'Notifications' }).scrollIntoViewIfNeeded() },
  { name: 'settings-home-screen', path: '/settings?home-screen&locale=de', prepare: async (page) => page.getByRole('heading', { name: 'Benachrichtigungen' }).scrollIntoViewIfNeeded() },
  { name: 'settings-delete', path: '/settings?', prepare: press('Delete account') },
  { name: 'doctor', path: '/doctor?' },
  { name: 'doctor-german', path: '/doctor?locale=de' },
  { name: 'doctor-alone', path: '/doctor?world=signed-out' },
  { name: 'doctor-failure', path: '/doctor/mic_silent?' },
  { name: 'doctor-network', path: '/doctor/network_filtered?doctor=filtered&locale=de' },
  { name: 'doctor-gone', path: '/doctor?', prepare: press(/Something has disappeared/) },
  { name: 'doctor-thinking', path: '/doctor/mic_silent?', prepare: async (page) => page.locator('.doctor-why summary').last().click() },
  { name: 'doctor-search', path: '/doctor?', prepare: async (page) => page.getByLabel('Or say it in your own words').fill('the other side hears nothing') },
  { name: 'doctor-share', path: '/doctor/mic_silent?', prepare: press('Get help with this') },
  { name: 'doctor-test', path: '/doctor/microphone?' },
  { name: 'doctor-test-speaking', path: '/doctor/microphone?', prepare: press('Begin') },
  { name: 'doctor-test-silent', path: '/doctor/microphone?doctor=silent', prepare: both(press('Begin'), press('That is enough')) },
  { name: 'doctor-quick', path: '/doctor/quick?' },
  { name: 'keep', path: `${BRIEF}?` },
  { name: 'keep-german', path: `${BRIEF}?locale=de` },
  { name: 'keep-notices-german', path: `${BRIEF}?locale=de`, prepare: async (page) => page.locator('.gone').first().scrollIntoViewIfNeeded() },
  { name: 'keep-about', path: `${BRIEF}?`, prepare: press(/About this conversation/) },
  { name: 'keep-choice', path: `${BRIEF}?`, prepare: both(press(/About this conversation/), press(/How long messages stay/)) },
  { name: 'keep-choice-german', path: `${BRIEF}?locale=de`, prepare: both(press(/Über dieses Gespräch/), press(/Wie lange Nachrichten bleiben/)) },
  { name: 'keep-recording', path: `${BRIEF}?`, prepare: record },
  { name: 'keep-one', path: `${BRIEF}?`, prepare: press(/^How long the next/) },
  { name: 'keep-one-german', path: `${BRIEF}?locale=de`, prepare: press(/^Wie lange die nächste/) },
  { name: 'keep-undo', path: `${TALK}?`, prepare: async (page) => {
    await page.getByRole('button', { name: 'Options for this message' }).last().click();
    await press(/^Delete for me/)(page);
  } },
  { name: 'keep-menu-german', path: `${TALK}?locale=de`, prepare: async (page) => page.locator('.message.mine').last().locator('.state-button').last().click() },
  { name: 'keep-ending', path: `${TALK}?ending` },
  { name: 'keep-ending-german', path: '/?ending&locale=de' },
  { name: 'keep-own', path: '/settings?', prepare: async (page) => page.getByRole('heading', { name: 'How long messages stay' }).scrollIntoViewIfNeeded() },
  { name: 'keep-deleted', path: '/settings?discarded', prepare: async (page) => page.getByRole('heading', { name: 'Recently Deleted' }).scrollIntoViewIfNeeded() },
  { name: 'keep-deleted-german', path: '/settings?discarded&locale=de', prepare: async (page) => page.locator('[data-take]').scrollIntoViewIfNeeded() },
  { name: 'keep-for-good-german', path: '/settings?discarded&locale=de', prepare: press(/^Endgültig löschen/) },
  { name: 'file', path: `${TALK}?`, prepare: async (page) => page.locator('input[type=file]').setInputFiles({ name: 'an interview.m4a', mimeType: 'audio/mp4', buffer: Buffer.from('x') }) },
];

const out = mkdtempSync(join(tmpdir(), 'earshot-gallery-build-'));
await build({ entryPoints: { app: join(here, 'src/testing/gallery-page.tsx') }, bundle: true, format: 'esm', outdir: out, jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'warning' });
await build({ entryPoints: { style: join(here, 'src/shell/app.css') }, bundle: true, outdir: out, logLevel: 'warning' });
writeFileSync(join(out, 'knowledge.json'), JSON.stringify(await loadKnowledge()));
const shell = readFileSync(join(here, 'index.html'), 'utf8').replace('{{style}}', '/style.css').replace('{{script}}', '/app.js').replace('{{preload}}', '');
const server = createServer((request, answer) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : path.endsWith('.json') ? 'application/json' : 'text/html';
  answer.setHeader('content-type', `${type}; charset=utf-8`).end(type === 'text/html' ? shell : readFileSync(join(out, path)));
});
await once(server.listen(0, 'localhost'), 'listening');
const origin = `http://localhost:${(server.address() as AddressInfo | null)?.port ?? 0}`;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'] });
const screens = [
  { name: 'phone', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: 'desktop', viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
];
for (const colorScheme of ['light', 'dark'] as const) {
  for (const { name: screen, ...size } of screens) {
    const context = await browser.newContext({ ...size, colorScheme, reducedMotion: 'reduce' });
    for (const scene of scenes.filter(({ name }) => name.includes(only))) {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      page.on('pageerror', (error) => console.error(`${scene.name}: ${error.stack ?? error.message}`));
      await page.goto(origin + scene.path);
      try {
        await page.locator('#app > *').first().waitFor({ timeout: 3_000 });
        await scene.prepare?.(page);
      } catch (error) {
        console.error(`${scene.name} ${screen}: ${error instanceof Error ? error.message.split('\n')[0] : ''}`);
      }
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(folder, `${scene.name}-${screen}-${colorScheme}.png`) });
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
server.close();
rmSync(out, { recursive: true });
console.log(folder);
