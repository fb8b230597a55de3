import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Store } from '@earshot/client/store.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { CopyReader } from '@earshot/client/recovery/copy-format.ts';
import { Session } from '../../apps/cli/src/profile/session.node.ts';
import { TakeNotes } from '../../apps/cli/src/profile/takes.node.ts';
import { BadServer } from './bad-server.ts';
import { personId, signInAgain, speak, type Town, town, until } from './town.ts';

const whole = (who: Earshot, id: string): Promise<void> => until(who, async () => (await who.messages.get(id))?.here === true);

test('[BACK3] a server brought back from an older backup is noticed: nothing here goes, nothing is sent behind it, and with the newer data all goes on', async () => {
  await using place = await town();
  const ada = await place.person('ada');
  const ben = await place.person('ben');
  const conversation = await ada.conversations.direct(await personId(ben));
  await whole(ben, await speak(ada, conversation, { seed: 1 }));
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
  const lost = await speak(ada, conversation, { seed: 2 });
  await whole(ben, lost);
  await Promise.all([ada.settled(), ben.settled()]);
  await Promise.all([ada.synced(), ben.synced()]);
  await swap(newer, older);
  for (const who of [ada, ben]) {
    await assert.rejects(who.synced(), { code: 'server.restored' });
    assert.ok((await who.messages.audio(lost)).length > 0, 'what it has it keeps');
  }
  const waiting = await speak(ben, conversation, { seed: 3 });
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

/** A device's way to its server that can be shut, for all or for what comes back. */
function shuttable(): { shut: 'open' | 'shut' | 'deaf'; readonly posted: string[]; readonly transport: (real: Transport) => Transport } {
  const way = {
    shut: 'open' as 'open' | 'shut' | 'deaf',
    /** Where something was said, or a receipt given. */
    posted: [] as string[],
    transport: (real: Transport): Transport => ({
      request: async (request) => {
        if (request.method === 'POST' && request.path.endsWith('/events')) way.posted.push(request.path);
        const back = request.path.startsWith('/v1/sync') || request.path.includes('/events?');
        if (way.shut === 'shut' || (way.shut === 'deaf' && back)) throw new Failure('network.unreachable');
        return await real.request(request);
      },
      connect: (path, headers, handlers) => {
        if (way.shut === 'open') return real.connect(path, headers, { ...handlers, frame: (text) => void (way.shut === 'open' && handlers.frame(text)) });
        queueMicrotask(() => handlers.closed(1006));
        return { send: () => undefined, close: () => undefined };
      },
    }),
  };
  return way;
}

/** Three people, a conversation of the first with each of the others, and the server's data at two times. */
async function three(): Promise<{ place: Town; ada: Earshot; ben: Earshot; cleo: Earshot; benStore: Store; way: ReturnType<typeof shuttable>; withBen: string; withCleo: string; keep: () => Promise<void>; back: () => Promise<void> }> {
  const place = await town();
  const way = shuttable();
  const ada = await place.person('ada', { transport: way.transport });
  const benStore = memoryStore();
  const [ben, cleo] = [await place.person('ben', { store: benStore }), await place.person('cleo')];
  const withBen = await ada.conversations.direct(await personId(ben));
  const withCleo = await cleo.conversations.direct(await personId(ada));
  await whole(ben, await speak(ada, withBen, { seed: 1 }));
  await whole(ada, await speak(cleo, withCleo, { seed: 2 }));
  await Promise.all([ada.settled(), cleo.settled()]);
  const [data, older] = [join(place.dir, 'data'), join(place.dir, 'older')];
  const keep = async (): Promise<void> => {
    await place.stopServer();
    await cp(data, older, { recursive: true });
    await place.startServer();
    for (const who of [ada, ben, cleo]) await who.synced();
  };
  const back = async (): Promise<void> => {
    await place.stopServer();
    await rm(data, { recursive: true });
    await cp(older, data, { recursive: true });
    await place.startServer();
  };
  return { place, ada, ben, cleo, benStore, way, withBen, withCleo, keep, back };
}

/** The server is brought back from before ben's last words, which ada has; answers what cleo said there since. Ada has not heard of any of it. */
async function backWithoutOne({ ada, ben, cleo, way, withBen, withCleo, keep, back }: Awaited<ReturnType<typeof three>>): Promise<string> {
  await keep();
  await whole(ada, await speak(ben, withBen, { seed: 3 }));
  // Whoever has not seen it in the log says it again, and then nothing is lacking.
  await ben.synced();
  way.shut = 'shut';
  await back();
  const healthy = await speak(cleo, withCleo, { seed: 4 });
  await cleo.settled();
  way.shut = 'open';
  return healthy;
}

test('[BACK3] what one conversation lacks on a restored server keeps nothing from the others, and is said', async () => {
  const world = await three();
  const { place, ada, cleo, withBen, withCleo } = world;
  await using _ = place;
  const healthy = await backWithoutOne(world);
  await ada.outgoing.tryNow();
  await whole(ada, healthy);
  await until(cleo, async () => (await cleo.messages.get(healthy))?.state.at === 'delivered');
  await assert.rejects(ada.synced(), { code: 'server.restored' });
  await until(ada, async () => ada.connection.state === 'live');
  assert.equal(ada.connection.reason?.code, 'server.restored');
  const [held, goes] = [await speak(ada, withBen, { seed: 5 }), await speak(ada, withCleo, { seed: 6 })];
  await assert.rejects(ada.settled(), { code: 'server.restored' });
  const states = await Promise.all([held, goes].map(async (id) => (await ada.messages.get(id))?.state.at));
  assert.ok(states[0] === 'sending' && states[1] !== 'sending', states.join());
});

test('[BACK3] while one conversation is lacking at a restored server, commands act in the others, and wait for what is new there', async () => {
  const world = await three();
  const { place, ada, withBen, withCleo } = world;
  await using _ = place;
  const healthy = await backWithoutOne(world);
  await ada.caughtUp();
  await whole(ada, healthy);
  await assert.rejects(ada.synced(), { code: 'server.restored' });
  // What waits in the one conversation is not what a command in another is about.
  const held = await speak(ada, withBen, { seed: 5 });
  const session = new Session(ada, place.dir, new TakeNotes(place.dir, systemRandom));
  await session.caughtUp();
  const before = await ada.outgoing.underWay();
  assert.ok(before.has(held));
  await session.delivered(() => ada.messages.heard(healthy, 1));
  const goes = await session.delivered(() => speak(ada, withCleo, { seed: 6 }));
  assert.ok(['stored', 'delivered'].includes((await ada.messages.get(goes))?.state.at ?? ''));
  await assert.rejects(session.delivered(() => speak(ada, withBen, { seed: 7 })), { code: 'server.restored' });
});

test('[BACK3] into a conversation that a restored server lacks goes no new key either, though somebody has left it since', async () => {
  const { place, ada, ben, cleo, way, keep, back } = await three();
  await using _ = place;
  const group = await ada.conversations.createGroup({ title: 'Field crew', members: [await personId(ben), await personId(cleo)] });
  await until(cleo, async () => (await cleo.conversations.get(group)) !== null);
  await ada.settled();
  await keep();
  const code = (await cleo.account.recoveryCode()) ?? '';
  await cleo[Symbol.asyncDispose]();
  // More than is said there after the restore: only a shorter log is seen to lack something.
  for (const seconds of [3, 2]) await speak(ada, group, { seed: seconds });
  await ada.settled();
  await ada.synced();
  way.shut = 'shut';
  await back();
  const gone = await place.device();
  await signInAgain(gone, 'cleo', code, 'again');
  await gone.start();
  await gone.synced();
  await gone.conversations.leave(group);
  await gone.settled();
  way.shut = 'open';
  await assert.rejects(ada.synced(), { code: 'server.restored' });
  way.posted.length = 0;
  const waits = await speak(ada, group, { seed: 4 });
  await until(ada, async () => {
    const state = (await ada.messages.get(waits))?.state;
    return state?.at === 'sending' && state.waiting?.code === 'server.restored';
  });
  await assert.rejects(ada.settled(), { code: 'server.restored' });
  assert.deepEqual(way.posted.filter((path) => path.includes(group)), []);
});

test('[BACK3] what a server had acknowledged and lost before this device saw it in the log is sent again, once', async () => {
  const { place, ada, ben: first, benStore, way, withBen, keep, back } = await three();
  await using _ = place;
  await keep();
  way.shut = 'deaf';
  await first[Symbol.asyncDispose]();
  const said = [await speak(ada, withBen, { seed: 3 }), await speak(ada, withBen, { seed: 5 })];
  for (const id of said) await ada.outgoing.stored(id);
  await back();
  // Somebody else is faster.
  const ben = await place.device({ store: benStore });
  await ben.start();
  const between = await speak(ben, withBen, { seed: 6 });
  await ben.synced();
  way.shut = 'open';
  await ada.outgoing.tryNow();
  for (const id of [...said, between]) for (const who of [ada, ben]) await whole(who, id);
  await Promise.all([ada.synced(), ada.settled()]);
  for (const who of [ada, ben]) {
    const all = await who.messages.list(withBen);
    assert.deepEqual(all.slice(-3).map(({ id, failure }) => [id, failure]), [between, ...said].map((id) => [id, null]));
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  }
});

test('[BACK4] what a restored server lost plays, and is in the backup of whoever has it; signed in anew she keeps it in her notes, with who said it and when', async () => {
  await using place = await town();
  const server = new BadServer();
  const ada = await place.person('ada', { transport: (real) => server.transport(real) });
  const ben = await place.person('ben');
  const code = (await ben.account.recoveryCode()) ?? '';
  const conversation = await ada.conversations.direct(await personId(ben));
  await whole(ben, await speak(ada, conversation, { seed: 1 }));
  await Promise.all([ada.settled(), ben.settled()]);
  const [data, older] = [join(place.dir, 'data'), join(place.dir, 'older')];
  await place.stopServer();
  await cp(data, older, { recursive: true });
  await place.startServer();
  const lost = await speak(ada, conversation, { seed: 2 });
  await whole(ben, lost);
  await Promise.all([ada.settled(), ben.settled()]);
  await Promise.all([ada.synced(), ben.synced()]);
  await place.stopServer();
  await rm(data, { recursive: true });
  await cp(older, data, { recursive: true });
  await place.startServer();
  for (const who of [ada, ben]) await assert.rejects(who.synced(), { code: 'server.restored' });
  const [said, sound] = [await ben.messages.get(lost), await ben.messages.audio(lost)];
  const copy = await ben.recovery.copy();
  const files = new Map((await copy.files()).map(({ path, bytes }) => [path, bytes]));
  const reader: CopyReader = {
    paths: () => Promise.resolve([...files.keys()]),
    read: async (path, from = 0, to = files.get(path) ?? 0) => (await copy.read(path, from, to)) ?? new Uint8Array(),
  };
  const anew = await place.device();
  await signInAgain(anew, 'ben', code, 'anew');
  await anew.start();
  await anew.synced();
  const unasked = await anew.recovery.bringBack(reader, {});
  assert.deepEqual([unasked.unknown, unasked.noted], [1, []], 'nothing goes anywhere unasked');
  assert.deepEqual((await anew.recovery.bringBack(reader, { lostToNotes: true })).noted, [lost]);
  await anew.settled();
  const [note] = await anew.messages.list((await anew.conversations.list()).find(({ kind }) => kind === 'self')?.id ?? '');
  assert.deepEqual(note?.forwarded, { said: { by: await personId(ada), at: said?.time } });
  assert.deepEqual(await anew.messages.audio(note?.id ?? ''), sound);
  assert.deepEqual((await anew.recovery.bringBack(reader, { lostToNotes: true })).noted, [], 'once');
  // From there it can be said on into the conversation. To who has not signed in anew that is another one, also once it is as long.
  await anew.messages.forward(note?.id ?? '', conversation);
  await speak(anew, conversation, { seed: 3 });
  await speak(anew, conversation, { seed: 4 });
  await anew.settled();
  const before = (await ada.messages.list(conversation)).map(({ id, seq }) => `${String(seq)} ${id}`);
  const sent: number[] = [];
  server.malice = { events: (events) => {
    sent.push(...events.filter(({ envelope }) => envelope.log === conversation).map(({ seq }) => seq));
    return events;
  } };
  for (const who of [ada, ben]) await assert.rejects(who.synced(), { code: 'server.restored' });
  assert.deepEqual(sent.filter((seq) => seq > (said?.seq ?? 0)), [], 'what would be thrown away is not sent');
  assert.deepEqual((await ada.messages.list(conversation)).map(({ id, seq }) => `${String(seq)} ${id}`), before);
});

test('[BACK3] a conversation that a restored server does not know at all is noticed as well', async () => {
  await using place = await town();
  const ada = await place.person('ada');
  const ben = await place.person('ben');
  await Promise.all([ada.settled(), ben.settled()]);
  await Promise.all([ada.synced(), ben.synced()]);
  const [data, older] = [join(place.dir, 'data'), join(place.dir, 'older')];
  await place.stopServer();
  await cp(data, older, { recursive: true });
  await place.startServer();
  const group = await ada.conversations.createGroup({ title: 'Field crew', members: [await personId(ben)] });
  await until(ben, async () => (await ben.conversations.get(group)) !== null);
  await ben.conversations.leave(group);
  await ben.synced();
  const lost = await speak(ada, group, { seed: 1 });
  await ada.settled();
  await Promise.all([ada.synced(), ben.synced()]);
  await place.stopServer();
  await rm(data, { recursive: true });
  await cp(older, data, { recursive: true });
  await place.startServer();
  await assert.rejects(ada.synced(), { code: 'server.restored' });
  assert.ok((await ada.messages.audio(lost)).length > 0);
  // Who had left it goes on.
  await ben.synced();
});
