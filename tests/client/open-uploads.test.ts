import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { details, packets, personId, town, until } from './town.ts';

test('[OUT14] where the server takes no more uploads, those that were given up make room for what waits before them', async () => {
  const MOST = 3;
  await using place = await town({ limits: { openUploadsPerPerson: MOST } });
  let opened = 0;
  const counted = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      const answer = await real.request(request);
      if (request.method === 'POST' && request.path === '/v1/uploads' && answer.status === 201) opened += 1;
      return answer;
    },
  });
  const [anna, bert] = [await place.person('anna', { transport: counted }), await place.person('bert')];
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await anna.settled();
  const begun = async (): ReturnType<typeof anna.outgoing.begin> => {
    const take = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
    await take.append(packets(600));
    return take;
  };
  const drafts = await Promise.all(Array.from({ length: MOST }, begun));
  for (let turn = 0; turn < 500 && opened < MOST; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(opened, MOST);
  const message = await begun();
  const id = await message.send(details(600));
  await until(anna, async () => {
    const state = (await anna.messages.get(id))?.state;
    return state?.at === 'sending' && state.waiting?.code === 'limit.reached';
  });
  // Given up while the message waits: nothing of them may stand in its way.
  for (const take of drafts) await take.cancel();
  await until(anna, async () => ['stored', 'delivered'].includes((await anna.messages.get(id))?.state.at ?? ''));
  await until(bert, async () => (await bert.messages.get(id))?.here === true);
});
