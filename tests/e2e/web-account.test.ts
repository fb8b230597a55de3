import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, inviteLink, joinAs, keepCode, makeGroup, openPage, PASSWORD, say, talkTo, unlock, webWorld, type WebWorld } from './web-world.ts';

/** How far the server's clock is ahead. Milliseconds. */
let later = 0;
let world: WebWorld;
let chromium: OwnChromium;
/** Two people, each with one device for the whole file: she joins where invitations are tested, he where groups are. */
let ada: Page;
let ben: Page;
/** Ada's recovery code. */
let code: string;

before(async () => {
  world = await webWorld({ clock: { ...systemClock, now: () => systemClock.now() + later } });
  chromium = await OwnChromium.start();
  ada = await openPage(await chromium.device());
  ben = await openPage(await chromium.device());
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** A device with a screen lock, as far as the page can tell. */
async function withAuthenticator(page: Page, { hasPrf = false } = {}): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, hasPrf },
  });
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, 'Sign out').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await button(page, 'Sign in').waitFor();
}

/** How the recovery code is saved as a file: its name, and what it is to the browser. */
async function savedCode(page: Page): Promise<[name: string, type: string | null]> {
  await button(page, 'Save as file').waitFor();
  await page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (file) => {
      document.body.dataset['saved'] = file instanceof Blob ? file.type : '';
      return make(file);
    };
  });
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save as file').click()]);
  return [download.suggestedFilename(), await page.locator('body').getAttribute('data-saved')];
}

test('[WEB10] joining with a passkey, saving the code as text, and coming in again with both', { timeout: 300_000 }, async () => {
  const page = await openPage(await chromium.device());
  await withAuthenticator(page);
  await page.goto(`${world.origin}/join#${await world.invitation()}`);
  await page.getByLabel('Your name').fill('Zoë Müller');
  await page.getByText('@zoë.müller').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the secret leaves the address bar');
  await button(page, 'Join with a passkey').click();
  assert.deepEqual(await savedCode(page), ['earshot zoë.müller.txt', 'text/plain']);
  const kept = await keepCode(page);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();

  await signOut(page);
  // It keeps no keys, and the page says so and asks for the code.
  await button(page, 'Sign in with a passkey').click();
  await page.getByRole('status').getByText(/^Your passkey signed you in, but it cannot open your messages here/).waitFor();
  await unlock(page, kept);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  await page.context().close();
});

/** All that goes to the server of making a passkey, and of showing it. */
const CREDENTIAL = ['response', 'response.authenticatorAttachment', 'response.clientExtensionResults', 'response.id', 'response.rawId', 'response.response', 'response.type'];
const CEREMONIES = [
  ['challenge', 'name', 'recovery', ...CREDENTIAL, ...['attestationObject', 'authenticatorData', 'clientDataJSON', 'publicKey', 'publicKeyAlgorithm', 'transports', 'transports.0'].map((key) => `response.response.${key}`)].sort(),
  ['challenge', 'device', 'device.id', 'device.name', ...CREDENTIAL, ...['authenticatorData', 'clientDataJSON', 'signature', 'userHandle'].map((key) => `response.response.${key}`)].sort(),
];

function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner).map((further) => `${key}.${further}`)]).sort();
}

test('[PRF1] a passkey that keeps keys opens everything on a new device; removed, it opens nothing, and the code still does', { timeout: 300_000 }, async () => {
  const page = await openPage(await chromium.device());
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));
  await withAuthenticator(page, { hasPrf: true });
  await page.goto(`${world.origin}/join#${await world.invitation()}`);
  await page.getByLabel('Your name').fill('Mia');
  await button(page, 'Join with a passkey').click();
  const kept = await keepCode(page);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();

  // Signing out destroys all that this browser had: it is a new device.
  await signOut(page);
  await button(page, 'Sign in with a passkey').click();
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Opens your messages on a new device.').waitFor();
  assert.deepEqual(sent.filter((body) => body.includes('"rawId"')).map((body) => keysIn(JSON.parse(body))), CEREMONIES, 'the secret stays in the page');

  // The last way to sign in stays until there is another one.
  await button(page, 'Set a password').click();
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await button(page, /^Remove the passkey/).click();
  await page.getByText('None yet. A passkey is quicker and safer than a password.').waitFor();
  await signOut(page);
  await page.getByLabel('Your handle').fill('mia');
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Sign in').click();
  await unlock(page, kept);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  await page.context().close();
});

test('[WEB10] an invitation that is unknown, used or too old has one sentence each, and no form that could not help', { timeout: 300_000 }, async () => {
  const told = async (invitation: string): Promise<string> => {
    await ben.goto('about:blank');
    await ben.goto(`${world.origin}/join#${invitation}`);
    await ben.getByLabel('Your name').fill('Ben');
    await button(ben, 'Use a password instead').click();
    await ben.getByLabel('Password').fill(PASSWORD);
    await button(ben, 'Join').click();
    await ben.getByRole('alert').waitFor();
    assert.equal(await ben.locator('form').count(), 0);
    await ben.getByRole('link', { name: 'I have an account' }).waitFor();
    return (await ben.getByRole('alert').locator('*').allInnerTexts()).join(' ').trim();
  };
  assert.equal(await told('0'.repeat(26)), 'This invitation is not known here. Check that the link is complete, or ask for a new one.');
  const old = await world.invitation();
  later = 8 * 86_400_000;
  assert.equal(await told(old), 'This invitation is older than seven days. Ask the person who invited you for a new one.');
  later = 0;
  const used = await world.invitation();
  code = await joinAs(ada, world.origin, used, 'Ada');
  assert.equal(await told(used), 'This invitation has been used already. Sign in if it was you; otherwise ask for a new one.');

  await ben.goto('about:blank');
  await ben.goto(`${world.origin}/join`);
  await ben.getByText('This link has no invitation in it.').waitFor();
  assert.equal(await ben.locator('form').count(), 0);
});

test('[WEB10] an invitation stands in no address, and is still there after a reload and after a look at signing in, until she has joined', { timeout: 300_000 }, async () => {
  const page = await openPage(await chromium.device());
  const invitation = await world.invitation();
  await page.goto(`${world.origin}/join#${invitation}`);
  const name = page.getByLabel('Your name');
  await name.waitFor();
  assert.equal(page.url(), `${world.origin}/join`);
  await page.reload();
  await name.waitFor();
  await page.getByRole('link', { name: 'I have an account' }).click();
  await button(page, 'Sign in').waitFor();
  await page.goBack();
  await name.fill('Gina');
  await button(page, 'Use a password instead').click();
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Join').click();
  await keepCode(page);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  assert.ok(!(await page.evaluate(() => JSON.stringify(history.state))).includes(invitation));
  await page.context().close();
});

test('[ACC5] an invitation opened where somebody is signed in takes nobody’s place: it says who is signed in, and leads back; it is as good as before', { timeout: 300_000 }, async () => {
  const link = await world.invitation();
  await ada.goto(`${world.origin}/join#${link}`);
  await ada.getByRole('heading', { name: 'You are signed in here as Ada' }).waitFor();
  assert.equal(await ada.locator('form').count(), 0);
  await button(ada, 'Back').click();
  await ada.getByRole('navigation', { name: 'Conversations' }).waitFor();
  const cleo = await openPage(await chromium.device());
  await joinAs(cleo, world.origin, link, 'Cleo');
  await cleo.context().close();
});

test('[ACC5] [PEOPLE5] who opens an invitation where she is signed in reads no more than is known, and goes on there with the one that the operator made for her; any other stays good', { timeout: 300_000 }, async () => {
  const dora = await openPage(await chromium.device());
  const used = await world.invitation();
  await joinAs(dora, world.origin, used, 'Dora');
  const goOn = async (page: Page, invitation: string): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(`${world.origin}/join#${invitation}`);
    await page.getByRole('heading', { name: 'You are signed in here as Dora' }).waitFor();
    await page.getByText('If this invitation is for somebody else, pass it on').waitFor();
    assert.equal(await page.getByText(/settings|sign out/i).count(), 0);
    await button(page, 'It is for me: go on').click();
    await button(page, 'Use a password instead').click();
    await page.getByLabel('Password').fill(`new ${PASSWORD}`);
    await button(page, 'Join').click();
  };
  await goOn(dora, used);
  await dora.getByRole('alert').getByText('This invitation has been used already.').waitFor();
  const open = await world.invitation();
  await goOn(dora, open);
  await dora.getByRole('alert').getByText('This invitation does not let you in again, and was not used up.').waitFor();
  await button(dora, 'Back').click();
  await dora.getByRole('navigation', { name: 'Conversations' }).waitFor();
  const emma = await openPage(await chromium.device());
  await joinAs(emma, world.origin, open, 'Emma');
  await emma.context().close();

  await goOn(dora, await world.invitation('dora'));
  await dora.getByRole('navigation', { name: 'Conversations' }).waitFor();
  const locked = await openPage(await chromium.device());
  await locked.goto(world.origin);
  await locked.getByLabel('Your handle').fill('dora');
  await locked.getByLabel('Password').fill(`new ${PASSWORD}`);
  await button(locked, 'Sign in').click();
  await button(locked, 'Use the recovery code').waitFor();
  await goOn(locked, await world.invitation('dora'));
  await button(locked, 'Use the recovery code').waitFor();
  for (const page of [dora, locked]) await page.context().close();
});

test('[WEB10] [RECOVERY2] a wrong password has its own words, and a mistyped code its group; the list of devices names each and marks this one; a revoked device is signed out at once', { timeout: 300_000 }, async () => {
  const other = await openPage(await chromium.device());
  await other.goto(world.origin);
  await other.getByLabel('Your handle').fill('ada');
  await other.getByLabel('Password').fill('not this one');
  await button(other, 'Sign in').click();
  await other.getByRole('alert').getByText('Name and password do not fit together.').waitFor();
  await other.getByLabel('Password').fill(PASSWORD);
  await button(other, 'Sign in').click();
  // Signed in, it still has no key: a mistyped code is said, the right one opens.
  await unlock(other, `${code.slice(0, -1)}U`);
  const mistyped = other.getByRole('alert').filter({ hasText: 'This is not a whole recovery code: a character is wrong or missing.' });
  await mistyped.getByText('Group 7 looks wrong.').waitFor();
  await unlock(other, code);
  await other.getByRole('navigation', { name: 'Conversations' }).waitFor();

  const devices = ada.locator('section', { has: ada.getByRole('heading', { name: 'Devices' }) }).locator('div.row');
  await ada.getByRole('link', { name: 'Settings' }).click();
  await devices.nth(1).waitFor();
  const texts = await devices.allInnerTexts();
  assert.ok(texts.every((text) => text.startsWith('Chrome · Linux')), texts.join('; '));
  assert.equal(texts.filter((text) => text.includes('This device')).length, 1);
  await devices.filter({ hasNotText: 'This device' }).getByRole('button').click();
  const ask = ada.getByRole('dialog');
  await ask.getByText('Its connection closes at once. What was not sent from it stays on it.').waitFor();
  await ask.getByRole('button', { name: /^Sign out Chrome/ }).click();
  await ada.getByText('Chrome · Linux is signed out').waitFor();
  await devices.nth(1).waitFor({ state: 'detached' });
  await other.getByText('This device was signed out from another one.').waitFor();
  await other.getByText('Sign in again. Drafts and unsent messages stay on this device.').waitFor();
});

test('[WEB14] a group is made, renamed, grown and left; a person is muted and blocked', { timeout: 300_000 }, async () => {
  await joinAs(ben, world.origin, await inviteLink(ada), 'Ben');

  await makeGroup(ada, 'Sunday walks', 'Ben');
  await button(ada, /^Sunday walks.*About this conversation/).waitFor();
  await ben.getByRole('link', { name: /Sunday walks/ }).waitFor();

  await button(ada, /^Sunday walks.*About this conversation/).click();
  await button(ada, 'Rename').click();
  await ada.getByLabel('Name of the group').fill('Sunday swims');
  await button(ada, 'Save').click();
  await ben.getByRole('link', { name: /Sunday swims/ }).click();
  await button(ben, /^Sunday swims.*About this conversation/).click();
  await button(ben, 'Leave the group').click();
  await ben.getByRole('dialog').getByRole('button', { name: 'Leave the group' }).click();
  await ben.getByText('You left this group. What you have stays here.').waitFor();
  // The conversation tells it in the order in which it happened, to each in her own words.
  for (const line of ['You made this group.', 'You called the group “Sunday swims”.', 'Ben left.']) await ada.locator('li.change', { hasText: line }).waitFor();
  const told = await ben.locator('li.change').allTextContents();
  assert.deepEqual(told.map((line) => line.replace(/\.[^.]*$/, '')), ['Ada made this group', 'Ada called the group “Sunday swims”', 'You left']);

  await talkTo(ada, 'Ben');
  await button(ada, /^Ben.*About this conversation/).click();
  await ada.getByRole('switch', { name: /^Mute/ }).check();
  await button(ada, /^Block Ben/).click();
  await button(ada, /^Unblock Ben/).waitFor();
  await ada.keyboard.press('Escape');
  await ada.getByText(/You blocked Ben/).waitFor();
  await button(ada, /^Ben.*About this conversation/).click();
  await button(ada, /^Unblock Ben/).click();
  await button(ada, /^Block Ben/).waitFor();
  await ada.keyboard.press('Escape');
  await ada.getByText(/You blocked Ben/).waitFor({ state: 'detached' });
});

test('[WEB42] deleting the account says what goes and what stays, and ends in peace; the others keep what was said, without the name', { timeout: 300_000 }, async () => {
  await talkTo(ada, 'Ben');
  await say(ada);
  await ben.getByRole('link', { name: /^Ada/ }).click();
  await ben.locator('li.message').waitFor();

  await ada.getByRole('link', { name: 'Settings' }).click();
  await button(ada, 'Delete account').click();
  const sheet = ada.getByRole('dialog', { name: 'Delete your account?' });
  await sheet.getByText(/^Removed from the server, for ever: your name/).waitFor();
  await sheet.getByText(/^Stays: what you said to others/).waitFor();
  const last = sheet.getByRole('button', { name: 'Delete for ever' });
  assert.ok(await last.isDisabled(), 'not before the handle was typed');
  await sheet.getByLabel('Type ada to confirm').fill('ada');
  await sheet.getByLabel('Your password').fill('not this one');
  await last.click();
  await sheet.getByRole('alert').getByText('Name and password do not fit together.').waitFor();
  await sheet.getByLabel('Your password').fill(PASSWORD);
  await last.click();
  await ada.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
  assert.equal(await ada.getByRole('alert').count(), 0);

  await ben.getByText('This account was deleted. What was said stays here.').waitFor();
  assert.equal(await ben.locator('li.message').count(), 1);
  await ben.getByRole('button', { name: 'Play' }).click();
  await ben.locator('li.message.playing').waitFor();
  assert.equal(await button(ben, 'Record a voice message').count(), 0);
  await ben.reload();
  await ben.getByRole('link', { name: /^Deleted account/ }).waitFor();

  await ada.reload();
  await ada.getByLabel('Your handle').fill('ada');
  await ada.getByLabel('Password').fill(PASSWORD);
  await button(ada, 'Sign in').click();
  await ada.getByRole('alert').getByText('Name and password do not fit together.').waitFor();
});
