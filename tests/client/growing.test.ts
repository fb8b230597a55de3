import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { details, happening, isMessage, packets, personId, town, until } from './town.ts';

/** Requests for bytes of blobs, with what came. */
function watched(): { readonly fetched: number[]; readonly transport: (real: Transport) => Transport } {
  const fetched: number[] = [];
  return {
    fetched,
    transport: (real) => ({
      connect: (...input) => real.connect(...input),
      request: async (request) => {
        const answer = await real.request(request);
        if (!request.path.startsWith('/v1/blobs/') || answer.status >= 300) return answer;
        const bytes = await answer.bytes();
        fetched.push(bytes.length);
        return { ...answer, bytes: async () => bytes };
      },
    }),
  };
}

test('[FETCH4] the listener’s device has most of what is said before it is sent; nothing of it is shown or stored before, and nothing is fetched twice', async () => {
  await using place = await town({ limits: { growingEvery: 0 } });
  const anna = await place.person('anna');
  const { fetched, transport } = watched();
  const store = memoryStore();
  const bert = await place.person('bert', { store, transport });
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await until(bert, async () => (await bert.conversations.get(conversation)) !== null);
  const stored = async (): Promise<number> => (await store.list({ from: 'b/', to: 'b0' })).length;

  const take = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
  const all = packets(900);
  await take.append(all.slice(0, 600));
  while (fetched.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([await stored(), (await bert.messages.list(conversation)).length], [0, 0]);
  await take.append(all.slice(600));
  const whole = happening(bert, isMessage);
  const id = await take.send(details(900));
  await whole;
  assert.deepEqual(await bert.messages.audio(id), await anna.messages.audio(id));
  const sealed = (await store.list({ from: 'b/', to: 'b0' })).reduce((sum, [, bytes]) => sum + (bytes as Uint8Array).length, 0);
  assert.equal(fetched.reduce((sum, bytes) => sum + bytes, 0), sealed);
  assert(fetched.length > 1);

  const cancelled = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
  const before = fetched.length;
  await cancelled.append(packets(600, 9));
  while (fetched.length === before) await new Promise((resolve) => setTimeout(resolve, 10));
  await cancelled.cancel();
  await bert.synced();
  assert.equal((await bert.messages.list(conversation)).length, 1);
  assert.equal((await store.list({ from: 'b/', to: 'b0' })).reduce((sum, [, bytes]) => sum + (bytes as Uint8Array).length, 0), sealed);
});
