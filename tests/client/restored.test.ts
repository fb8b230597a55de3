import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { details, packets, personId, town, until } from './town.ts';

async function say(who: Earshot, conversation: string, seed: number): Promise<string> {
  const take = makeId(systemRandom);
  const growing = await who.outgoing.begin({ take, conversation });
  await growing.append(packets(50, seed));
  await growing.send(details(50));
  return take;
}

const whole = (who: Earshot, id: string): Promise<void> => until(who, async () => (await who.messages.get(id))?.here === true);

test('[BACK3] a server brought back from an older backup is noticed: nothing here goes, nothing is sent behind it, and with the newer data all goes on', async () => {
  await using place = await town();
  const ada = await place.person('ada');
  const ben = await place.person('ben');
  const conversation = await ada.conversations.direct(await personId(ben));
  await whole(ben, await say(ada, conversation, 1));
  await ada.settled();
  const [data, older, newer] = ['data', 'older', 'newer'].map((name) => join(place.dir, name)) as [string, string, string];
  /** The server with the data of another time. */
  const swap = async (keep: string, take: string | null): Promise<void> => {
    await place.stopServer();
    await cp(data, keep, { recursive: true });
    if (take !== null) {
      await rm(data, { recursive: true });
      await cp(take, data, { recursive: true });
    }
    await place.startServer();
  };
  await swap(older, null);
  const lost = await say(ada, conversation, 2);
  await whole(ben, lost);
  await Promise.all([ada.settled(), ben.settled()]);
  await Promise.all([ada.synced(), ben.synced()]);
  await swap(newer, older);
  for (const who of [ada, ben]) {
    await assert.rejects(who.synced(), { code: 'server.restored' });
    assert.ok((await who.messages.audio(lost)).length > 0, 'what it has it keeps');
  }
  const waiting = await say(ben, conversation, 3);
  await until(ben, async () => {
    const state = (await ben.messages.get(waiting))?.state;
    return state?.at === 'sending' && state.waiting?.code === 'server.restored';
  });
  // The operator finds the newer data after all.
  await swap(join(place.dir, 'again'), newer);
  await Promise.all([ada.synced(), ben.synced()]);
  await whole(ada, waiting);
  assert.equal((await ada.messages.get(lost))?.removed, null);
});
