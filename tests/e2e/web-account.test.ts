import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, inviteLink, joinAs, openPage, PASSWORD, talkTo, webWorld } from './web-world.ts';

/** A device with a screen lock, as far as the page can tell. */
async function withAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

test('[WEB10] joining with a passkey, and coming in again with it', { timeout: 90_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start({ voice: null });
  const page = await openPage(chromium.context);
  await withAuthenticator(page);
  const invitation = await world.invitation();
  await page.goto(`${world.origin}/join#${invitation}`);
  await page.getByLabel('Your name').fill('Zoë Müller');
  await page.getByText('@zoë.müller').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the secret leaves the address bar');
  await button(page, 'Join with a passkey').click();
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();

  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, 'Sign out').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await button(page, 'Sign in with a passkey').click();
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();

  // A used invitation says so in its own words.
  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, 'Sign out').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await button(page, 'Sign in with a passkey').waitFor();
  await page.goto(`${world.origin}/join#${invitation}`);
  await page.getByLabel('Your name').fill('Somebody Else');
  await button(page, 'Use a password instead').click();
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Join').click();
  await page.getByRole('alert').getByText('This invitation has been used already.').waitFor();
});

test('[WEB10] a wrong password has its own words; a revoked device is signed out at once', { timeout: 90_000 }, async () => {
  await using world = await webWorld();
  await using here = await OwnChromium.start({ voice: null });
  await using there = await OwnChromium.start({ voice: null });
  const page = await openPage(here.context);
  const other = await openPage(there.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');

  await other.goto(world.origin);
  await other.getByLabel('Your handle').fill('noor');
  await other.getByLabel('Password').fill('not this one');
  await button(other, 'Sign in').click();
  await other.getByRole('alert').getByText('Name and password do not fit together.').waitFor();
  await other.getByLabel('Password').fill(PASSWORD);
  await button(other, 'Sign in').click();
  await other.getByRole('navigation', { name: 'Conversations' }).waitFor();

  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, /^Sign out Chrome/).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Sign out Chrome/ }).click();
  await other.getByText('This device was signed out from another one.').waitFor();
  await other.getByLabel('Your handle').waitFor();
});

test('[WEB14] a group is made, renamed, grown and left; a person is muted and blocked', { timeout: 90_000 }, async () => {
  await using world = await webWorld();
  await using adas = await OwnChromium.start({ voice: null });
  await using bens = await OwnChromium.start({ voice: null });
  const ada = await openPage(adas.context);
  const ben = await openPage(bens.context);
  await joinAs(ada, world.origin, await world.invitation(), 'Ada');
  await joinAs(ben, world.origin, await inviteLink(ada), 'Ben');

  await button(ada, 'New conversation').click();
  await ada.getByRole('dialog').getByRole('button', { name: /^New group/ }).click();
  await ada.getByLabel('Name of the group').fill('Sunday walks');
  await ada.getByLabel('Ben').check();
  await button(ada, 'Create group').click();
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
  await ben.getByText('You left this group. What was said stays here.').waitFor();
  // The conversation tells it in the order in which it happened, to each in her own words.
  for (const line of ['You made this group.', 'You called the group “Sunday swims”.', 'Ben left.']) await ada.locator('li.change', { hasText: line }).waitFor();
  const told = await ben.locator('li.change').allTextContents();
  assert.deepEqual(told.map((line) => line.replace(/\.[^.]*$/, '')), ['Ada made this group', 'Ada called the group “Sunday swims”', 'You left']);

  await talkTo(ada, 'Ben');
  await button(ada, /^Ben.*About this conversation/).click();
  await ada.getByRole('switch', { name: /^Mute/ }).check();
  await button(ada, /^Block Ben/).click();
  await button(ada, /^Unblock Ben/).waitFor();
  await button(ada, 'Close').click();
  await ada.getByText(/You blocked Ben/).waitFor();
});
