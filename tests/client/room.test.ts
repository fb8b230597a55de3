import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { details, packets, personId, town, type Town } from './town.ts';

let place: Town;
let ada: Earshot;

before(async () => {
  place = await town();
  ada = await place.person('ada');
});
after(() => place[Symbol.asyncDispose]());

/** Of the sealed sound on the server's disk one bit is another. */
async function spoil(): Promise<void> {
  const folder = join(place.dir, 'data', 'blobs');
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.seg'));
  for (const name of segments) {
    const bytes = await readFile(join(folder, name));
    const at = bytes.findLastIndex((byte) => byte !== 0) - 100;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(join(folder, name), bytes);
  }
}

test('[ROOM2] what is damaged on the server stays on the device, although the server believes that it has it', async () => {
  const ben = await place.person('ben');
  const take = await ada.outgoing.begin({ take: makeId(systemRandom), conversation: await ada.conversations.direct(await personId(ben)) });
  await take.append(packets(50));
  const id = await take.send(details(50));
  await ada.settled();
  await place.stopServer();
  await spoil();
  await place.startServer();
  assert.deepEqual(await ada.storage.free(), { bytes: 0, messages: 0, stayed: 1 });
  const message = await ada.messages.get(id);
  assert.equal(message?.here, true);
  assert.equal(await sha256(await ada.messages.audio(id)), message.sha256);
});
