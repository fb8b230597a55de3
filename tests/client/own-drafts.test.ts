import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { isDraft, unsentLines } from '@earshot/client/recovery/copy-format.ts';
import { below } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { keepCopy, readerOf } from './kept.ts';
import { details, packets, personId, signInToo, townOfFile, until } from './town.ts';

const place = await townOfFile();
const ada = await place.person('ada');

test('[OWN12] a draft that comes back and is sent ends as all that is sent into its conversation', async () => {
  const dot = await place.person('dot');
  const store = memoryStore();
  const laptop = await place.device({ store });
  await signInToo(laptop, dot, 'laptop');
  await laptop.start();
  const to = await dot.conversations.direct(await personId(ada));
  await dot.settled();
  const take = await dot.outgoing.begin({ take: makeId(systemRandom), conversation: to });
  await take.append(packets(20, 80));
  await take.show(details(20), 'Phone');
  await until(laptop, async () => (await laptop.drafts.list()).length === 1);
  await laptop.drafts.audio(take.take);
  const backup = await keepCopy(laptop);
  // What showed it is gone, as on a server that was brought back from before.
  await store.commit((await store.list(below('r/draft'))).map(([drop]) => ({ drop })));
  await laptop.conversations.setExpiry(to, 120);
  await laptop.settled();
  assert.deepEqual((await laptop.recovery.bringBack(readerOf(backup), {})).unsent, [{ log: to, message: take.take }]);
  const [copied] = await unsentLines(readerOf(await keepCopy(laptop)));
  assert.deepEqual([copied?.body.take, copied?.sound, copied && isDraft(copied)], [take.take, 0, true], 'it is in the next backup as well, as a draft');
  await laptop.outgoing.retry(take.take);
  await until(ada, async () => (await ada.messages.get(take.take))?.here === true);
  assert.deepEqual((await ada.messages.get(take.take))?.expiry, { seconds: 120 });
  assert.deepEqual(await unsentLines(readerOf(await keepCopy(laptop))), [], 'what shall vanish is in none');
});

test('[OWN12] a draft that could not be shown to anybody yet, without the server, is in the backup with its sound', async () => {
  const mia = await place.person('mia');
  const to = await mia.conversations.direct(await personId(ada));
  await mia.settled();
  const take = await mia.outgoing.begin({ take: makeId(systemRandom), conversation: to });
  await take.append(packets(20, 90));
  await take.show(details(20), 'Phone');
  await place.stopServer();
  await take.append(packets(20, 91));
  await take.show(details(40), 'Phone');
  const copied = await unsentLines(readerOf(await keepCopy(mia)));
  assert.deepEqual(copied.map((line) => [line.body.take, line.body.message.samples, line.sound !== null, isDraft(line)]), [[take.take, details(40).samples, true, true]]);
  assert.equal((await mia.recovery.copy()).missing, 0);
  await place.startServer();
});
