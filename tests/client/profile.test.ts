import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openProfile } from '@earshot/client/connect.node.ts';
import { emptyLog, type LogRow } from '@earshot/client/replica/row.ts';
import type { Transport, TransportRequest } from '@earshot/client/transport.ts';
import { sqliteStore } from '@earshot/client/stores/sqlite.node.ts';
import type { Change } from '@earshot/client/store.ts';
import { details, happening, isMessage, packets, personId, town, until } from './town.ts';

/** Releases a message without a way to the server, says so, and waits to be killed. */
const SPEAKER = `
  import { createEarshot } from '@earshot/client/create.ts';
  import { systemClock } from '@earshot/base/clock.ts';
  import { systemRandom } from '@earshot/base/random.ts';
  import { sqliteLocks } from '@earshot/client/locks/sqlite-locks.node.ts';
  import { atRestStore } from '@earshot/client/at-rest/at-rest-store.ts';
  import { openProfileKey } from '@earshot/client/at-rest/profile-key.node.ts';
  import { sqliteStore } from '@earshot/client/stores/sqlite.node.ts';
  import { details, packets } from ${JSON.stringify(new URL('town.ts', import.meta.url).href)};
  const [dir, conversation, take] = process.argv.slice(1);
  const transport = { request: () => new Promise(() => undefined), connect: () => ({ send: () => undefined, close: () => undefined }) };
  const holder = { open: async () => (await openProfileKey(dir, null, systemRandom)).cipher };
  const { store } = await atRestStore(sqliteStore(dir + '/earshot.db'), holder, systemRandom);
  const earshot = await createEarshot({ store, locks: sqliteLocks(dir + '/locks'), transport, clock: systemClock, random: systemRandom });
  await earshot.start();
  const growing = await earshot.outgoing.begin({ take, conversation });
  await growing.append(packets(120));
  await growing.send(details(120));
  setTimeout(() => process.stdout.write('released'), 100);
  setInterval(() => undefined, 1000);
`;

test('[SEND9] a message released by a process that was killed is sent by the next one on the same profile', async () => {
  await using place = await town();
  const bert = await place.person('bert');
  const dir = join(place.dir, 'profile');
  await using anna = await openProfile({ dir, server: place.origin });
  await anna.account.join({ invitation: await place.invitation(), handle: 'anna', name: 'Anna', password: 'a long password', deviceName: 'laptop' });
  await anna.start();
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await until(bert, async () => (await bert.conversations.get(conversation)) !== null);

  const take = makeId(systemRandom);
  const child = spawn(process.execPath, ['--input-type=module', '-e', SPEAKER, dir, conversation, take], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const arrived = happening(bert, isMessage);
  // It holds the lock of this conversation, and its request never ends; only its death frees the way.
  await anna.outgoing.tryNow();
  child.kill('SIGKILL');
  assert.equal((await arrived).message, take);
  await anna.outgoing.stored(take);
});

test('[SYNC4] what arrived plays without a network, also after a restart', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const dir = join(place.dir, 'profile');
  const bert = await openProfile({ dir, server: place.origin });
  await bert.account.join({ invitation: (await anna.people.invite()).secret, handle: 'bert', name: 'Bert', password: 'a long password', deviceName: 'laptop' });
  await bert.start();
  await bert.synced();
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const arrived = happening(bert, isMessage);
  const growing = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
  await growing.append(packets(3_100));
  await growing.send(details(3_100));
  await arrived;
  const audio = await anna.messages.audio(growing.take);
  await bert[Symbol.asyncDispose]();
  await place.stopServer();
  await using again = await openProfile({ dir, server: place.origin });
  assert.deepEqual(await again.messages.audio(growing.take), audio);
  assert.equal((await again.conversations.get(conversation))?.last?.id, growing.take);
  await place.startServer();
});

function watched(seen: string[]): (real: Transport) => Transport {
  return (real) => ({
    connect: (...input) => real.connect(...input),
    request: (request: TransportRequest) => {
      seen.push(`${request.method} ${request.path.split('/')[2] ?? ''}`);
      return real.request(request);
    },
  });
}

test('[SEND10] a message that is begun, spoken and sent at once costs two requests', async () => {
  await using place = await town();
  const seen: string[] = [];
  const anna = await place.person('anna', { transport: watched(seen) });
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await until(bert, async () => (await bert.conversations.get(conversation)) !== null);
  for (const count of [40, 500]) {
    const arrived = happening(bert, isMessage);
    seen.length = 0;
    const growing = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
    await growing.append(packets(count));
    await growing.send(details(count));
    await anna.outgoing.stored(growing.take);
    assert.deepEqual(seen.filter((request) => request !== 'PUT logs' && request !== 'POST sync' && request !== 'GET people'), ['POST uploads', 'POST logs']);
    await arrived;
  }
});

test('[SYNC3] a copy that does not match its hash is fetched again; one that never does is named and holds up nothing', async () => {
  await using place = await town();
  const spoil = { times: 0 };
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      const answer = await real.request(request);
      if (!request.path.startsWith('/v1/blobs/') || spoil.times <= 0) return answer;
      spoil.times -= 1;
      const bytes = (await answer.bytes()).slice();
      bytes[30] = (bytes[30] ?? 0) ^ 1;
      return { ...answer, bytes: async () => bytes };
    },
  });
  const anna = await place.person('anna');
  const bert = await place.person('bert', { transport });
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const send = async (seed: number): Promise<string> => {
    const growing = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
    await growing.append(packets(90, seed));
    return await growing.send(details(90));
  };
  spoil.times = 2;
  const first = await send(1);
  await until(bert, async () => (await bert.messages.get(first))?.here === true);
  assert.equal(spoil.times, 0);
  spoil.times = Infinity;
  const second = await send(2);
  await until(bert, async () => (await bert.messages.get(second))?.failure?.code === 'blob.damaged');
  spoil.times = 0;
  const third = await send(3);
  await until(anna, async () => (await anna.messages.get(third))?.state.at === 'delivered');
  // Asked for again by a person it comes after all.
  await bert.messages.audio(second);
  assert.equal((await bert.messages.get(second))?.failure, null);
});

test('[REP5] a conversation of 100,000 messages opens as fast as a short one', async () => {
  await using place = await town();
  const store = sqliteStore(join(place.dir, 'long.db'));
  const reads = { rows: 0 };
  const anna = await place.person('anna', { store: { ...store, list: async (range) => {
    const rows = await store.list(range);
    reads.rows += rows.length;
    return rows;
  } } });
  const me = await personId(anna);
  const log = makeId(systemRandom);
  const member = { person: me, role: 'owner', joined: 1, left: null, chain: 1 } as const;
  const count = 100_000;
  const changes: Change[] = [{ put: `r/log/${log}`, value: { ...emptyLog, id: log, kind: 'group', members: [member], applied: count, delivered: count, reported: count, title: 'Long', at: 1, last: count } satisfies LogRow }];
  for (let seq = 1; seq <= count; seq += 1) {
    const value = { id: `m${seq}`, log, seq, at: seq, person: me, content: null, blobs: [], here: true, heard: true, heardBy: [], removed: null, failure: null };
    changes.push({ put: `r/message/${log}/${String(seq).padStart(12, '0')}`, value });
  }
  await store.commit(changes);
  reads.rows = 0;
  const page = await anna.messages.list(log, { limit: 50 });
  assert.deepEqual([page.length, page[0]?.seq, page.at(-1)?.seq], [50, count - 49, count]);
  const older = await anna.messages.list(log, { limit: 50, before: 50_000 });
  assert.deepEqual([older[0]?.seq, older.at(-1)?.seq], [49_950, 49_999]);
  assert.equal((await anna.conversations.get(log))?.last?.seq, count);
  // What is read is what is shown, however long the conversation is.
  assert(reads.rows < 150, String(reads.rows));
});

