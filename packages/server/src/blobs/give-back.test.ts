import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { FailureAnswer } from '@earshot/protocol/addresses.ts';
import type { Session } from '../ports.ts';
import { letGo } from '../retention/let-go.ts';
import { sweep } from '../retention/sweep.ts';
import { endBlob } from '../store/sqlite-uploads.node.ts';
import { Household, type Said } from '../testing/household.ts';
import { newId, noise, startWorld } from '../testing/world.ts';
import { giveBack } from './give-back.ts';

/** What ada has said to ben, and its sound. */
async function told(): Promise<{ house: Household; ada: Session; ben: Session; log: string; said: Said; blob: Said['blobs'][number] }> {
  const house = new Household();
  const [ada, ben] = [await house.join('ada'), await house.join('ben')];
  const log = await house.group(ada, [ben]);
  const said = await house.say(ada, log);
  const [blob] = said.blobs;
  assert.ok(blob);
  return { house, ada, ben, log, said, blob };
}

test('[BACK1] a server that lost a blob takes it back from whoever may read it, and takes nothing else', async (t) => {
  const world = await startWorld(t);
  const [ada, ben, eve] = [await world.join('ada'), await world.join('ben'), await world.join('eve')];
  const log = await ada.direct(ben.person);
  const bytes = noise(9_000);
  const blob = await ada.upload(bytes);
  await ada.post(ada.envelope(log, { blobs: [blob] }));
  const get = async (who: typeof ada): Promise<number> => (await who.call('GET', `/v1/blobs/${blob.id}`)).status;
  const put = async (who: typeof ada, body: Uint8Array, id = blob.id): Promise<string | number> => {
    const { code, status } = await who.call('PUT', `/v1/blobs/${id}`, body, { 'content-type': 'application/octet-stream' });
    return code ?? status;
  };
  const database = new DatabaseSync(join(world.dataDir, 'earshot.db'), { timeout: 5_000 });
  t.after(() => database.close());
  // As a repair does when the disk has lost it.
  endBlob(database, blob.id);
  assert.equal(await get(ben), 404);
  assert.equal(await put(eve, bytes), 'not-found', 'who may not read it');
  assert.equal(await put(ben, bytes, newId()), 'not-found', 'nothing that no event names');
  assert.equal(await put(ben, noise(8_999)), 'blob.mismatch');
  assert.equal(await put(ben, bytes.slice().fill(0, 0, 1)), 'blob.mismatch');
  assert.equal(await put(ben, bytes), 204);
  assert.deepEqual([await get(ada), await get(ben), await get(eve)], [200, 200, 404]);
  assert.equal((await ada.call('GET', '/v1/me')).json.used, 9_000, 'it counts for who sent it, once');
  assert.equal(await put(ben, bytes), 204, 'again, which changes nothing');
});

test('[BACK1] what it would not take it does not read, and of each person it reads one at a time', { timeout: 60_000 }, async (t) => {
  const world = await startWorld(t);
  const [ada, ben] = [await world.join('ada'), await world.join('ben')];
  const log = await ada.direct(ben.person);
  const bytes = noise(9_000);
  const blob = await ada.upload(bytes);
  await ada.post(ada.envelope(log, { blobs: [blob] }));
  /** All but the last byte of so many: an answer that comes was not waiting for it. */
  const begin = (who: typeof ada, id: string, length: number): { readonly answer: Promise<string | number>; readonly end: (last: Uint8Array) => void; readonly cut: () => void } => {
    const asked = request(`${world.base}/v1/blobs/${id}`, { method: 'PUT', headers: { authorization: `Bearer ${who.token}`, 'content-type': 'application/octet-stream', 'content-length': length } });
    const answer = new Promise<string | number>((resolve) => {
      asked.on('error', () => resolve('cut'));
      asked.on('response', (response) => void text(response).then((said) => resolve(said === '' ? (response.statusCode ?? 0) : (JSON.parse(said) as FailureAnswer).error.code)));
    });
    asked.write(bytes.subarray(0, Math.min(length, bytes.length) - 1));
    return { answer, end: (last) => void asked.end(last), cut: () => void asked.destroy() };
  };
  for (const [id, length, code] of [[newId(), 8_388_608, 'not-found'], [blob.id, 9_001, 'blob.mismatch']] as const) {
    const { answer, cut } = begin(ben, id, length);
    assert.equal(await answer, code);
    cut();
  }
  const first = begin(ben, blob.id, 9_000);
  // Until the server has begun to read it, another may come before.
  const busy = async (): Promise<boolean> => (await ben.call('PUT', `/v1/blobs/${blob.id}`, bytes, { 'content-type': 'application/octet-stream' })).code === 'server.busy';
  while (!(await busy()));
  const hers = begin(ada, blob.id, 9_000);
  hers.end(bytes.subarray(-1));
  assert.equal(await hers.answer, 204, 'others are not held up');
  first.cut();
  assert.equal(await first.answer, 'cut');
  while (await busy());
  const last = begin(ben, blob.id, 9_000);
  last.end(bytes.subarray(-1));
  assert.equal(await last.answer, 204);
});

test('[BACK1] bytes that are no longer what they were are replaced; what has ended is taken from nobody', async () => {
  const { house, ada, ben, log, said, blob } = await told();
  await house.ports.blobs.write(blob.id, 0, noise(20).fill(7, 3, 4));
  await giveBack(house.ports, ben.person, blob.id, noise(20));
  assert.deepEqual(new Uint8Array(await house.ports.blobs.read(blob.id, 0, 20)), noise(20));
  await house.post(ada, log, { class: 'remove', refers: [said.id] });
  await assert.rejects(giveBack(house.ports, ben.person, blob.id, noise(20)), /not-found/);
});

test('[BACK1] what is let go for good while its bytes are given back is taken no more, and leaves none behind', async () => {
  for (const cleared of [false, true]) {
    const { house, ada, ben, log, said, blob } = await told();
    const { blobs } = house.ports;
    const write = blobs.write.bind(blobs);
    await write(blob.id, 0, noise(20).fill(7, 3, 4));
    let meanwhile = 0;
    Object.assign(blobs, { write: async (...piece: Parameters<typeof write>) => {
      meanwhile += 1;
      await house.post(ada, log, { class: 'remove', refers: [said.id] });
      await letGo(house.ports, ada, log, { messages: [said.id], forGood: true });
      if (cleared) await sweep(house.ports);
      await write(...piece);
    } });
    await assert.rejects(giveBack(house.ports, ben.person, blob.id, noise(20)), { code: 'not-found' });
    await sweep(house.ports);
    assert.deepEqual([meanwhile, await house.bytes(), await house.ports.store.uploads.find(ada.person, blob.id)], [1, [], 'gone']);
  }
});

test('[BACK2] while somebody asks for a message it does not expire for her; for the others it does', async () => {
  const house = new Household();
  const [ada, ben, cy] = [await house.join('ada'), await house.join('ben'), await house.join('cy')];
  const log = await house.group(ada, [ben, cy]);
  const said = await house.say(ada, log, 120);
  for (const who of [ben, cy]) await house.post(who, log, { class: 'heard', refers: [said.id] });
  await house.post(ben, log, { class: 'ask', refers: [said.id] });
  const removed = async (who: typeof ada): Promise<string | undefined> => (await house.read(who, said))?.removed?.rule;
  house.now += 120_000;
  assert.deepEqual([await removed(ben), await removed(cy)], [undefined, 'expired']);
  await house.post(ada, log, { class: 'answer', refers: [said.id] });
  house.now += 7 * 86_400_000;
  assert.deepEqual([await removed(ben), await removed(cy)], ['expired', 'expired']);
});
