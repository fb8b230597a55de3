import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@earshot/base/hash.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { personId, sayAndSync, townOfFile, until, whole } from './town.ts';

const place = await townOfFile();
const ada = await place.person('ada');

/** Somebody in a group with Ada who heard what was said there, and has freed room of all of it. */
async function freed(name: string): Promise<{ who: Earshot; group: string; said: readonly string[] }> {
  const who = await place.person(name);
  await ada.synced();
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(who)] });
  const heard = await sayAndSync(ada, group, { seed: 2 });
  await whole(who, heard);
  const own = await sayAndSync(who, group, { seed: 3 });
  await who.messages.heard(heard, 1);
  await who.settled();
  assert.equal((await who.storage.free()).messages, 2);
  return { who, group, said: [heard, own] };
}

const closed = (who: Earshot, group: string, why: string): Promise<void> => until(who, async () => (await who.conversations.get(group))?.closed === why);

/** Nobody holds any of it any more. */
async function emptied(group: string, left: Earshot): Promise<void> {
  const person = await personId(left);
  await until(ada, async () => (await ada.conversations.get(group))?.members.find((one) => one.person === person)?.active === false);
  await ada.conversations.leave(group);
  await ada.settled();
  await ada.synced();
}

async function plays(who: Earshot, said: readonly string[]): Promise<void> {
  for (const id of said) assert.equal(await sha256(await who.messages.audio(id)), (await whole(who, id)).sha256);
}

test('[ROOM1] before she leaves a group all that room was freed of comes back, and stays when the others have gone as well', async () => {
  const { who, group, said } = await freed('ben');
  await who.conversations.leave(group);
  for (const id of said) assert.equal((await who.messages.get(id))?.here, true);
  await closed(who, group, 'left');
  await emptied(group, who);
  await plays(who, said);
});

test('[ROOM1] who hears that she was removed from a group fetches all that room was freed of', async () => {
  const { who, group, said } = await freed('cid');
  await ada.conversations.remove(group, await personId(who));
  await closed(who, group, 'removed');
  for (const id of said) await whole(who, id);
  await emptied(group, who);
  await plays(who, said);
});

test('[ROOM1] where it cannot be fetched now she is told of how many before she leaves, and leaves without them if she says so', async () => {
  const { who, group } = await freed('dot');
  await place.stopServer();
  const lacking = (error: unknown): boolean => error instanceof Failure && error.code.startsWith('network.') && error.evidence['lacking'] === 2;
  await assert.rejects(who.conversations.leave(group), lacking);
  assert.equal((await who.conversations.get(group))?.closed, null);
  await who.conversations.leave(group, { anyway: true });
  await place.startServer();
  await who.outgoing.tryNow();
  await closed(who, group, 'left');
});
