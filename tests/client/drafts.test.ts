import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, OutgoingTake } from '@earshot/client/earshot.ts';
import type { Draft } from '@earshot/client/earshot-drafts.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import type { Store } from '@earshot/client/store.ts';
import { details, packets, personId, type Town, town, until, signInToo } from './town.ts';

interface Place {
  readonly phone: Earshot;
  readonly phoneStore: Store;
  readonly laptop: Earshot;
  readonly laptopStore: Store;
  readonly bert: Earshot;
  readonly conversation: string;
}

/** Anna with two devices, and somebody to talk to. */
async function devices(place: Town): Promise<Place> {
  const [phoneStore, laptopStore] = [memoryStore(), memoryStore()];
  const phone = await place.person('anna', { store: phoneStore });
  const bert = await place.person('bert');
  const laptop = await place.device({ store: laptopStore });
  await signInToo(laptop, phone, 'laptop');
  await laptop.start();
  await phone.synced();
  const conversation = await phone.conversations.direct(await personId(bert));
  await until(laptop, async () => (await laptop.conversations.get(conversation)) !== null);
  return { phone, phoneStore, laptop, laptopStore, bert, conversation };
}

async function speak({ phone, conversation }: Place, spoken: readonly Uint8Array[]): Promise<OutgoingTake> {
  const take = await phone.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(spoken);
  return take;
}

/** Resolves once a device shows a draft as `wanted`. */
async function shown(device: Earshot, wanted: (draft: Draft | undefined) => boolean = (draft) => draft !== undefined): Promise<Draft | undefined> {
  let draft: Draft | undefined;
  await until(device, async () => {
    [draft] = await device.drafts.list();
    return wanted(draft);
  });
  return draft;
}

/** Resolves once a device knows the message's place in its conversation. */
const logged = (device: Earshot, id: string): Promise<void> => until(device, async () => typeof (await device.messages.get(id))?.seq === 'number');

const gone = (device: Earshot): Promise<Draft | undefined> => shown(device, (draft) => draft === undefined);

/** What is heard of a file, to be compared. */
function heard(file: Uint8Array<ArrayBuffer>): readonly Uint8Array[] {
  return readOggOpus(file).packets;
}

async function messages(device: Earshot, conversation: string): Promise<string[]> {
  return (await device.messages.list(conversation)).map(({ id }) => id);
}

/** No device holds anything of drafts any more but the message itself. */
async function clean(stores: readonly Store[]): Promise<void> {
  for (const store of stores) assert.deepEqual(await store.list(below('r/draft')), []);
}

test('[DRAFT1] a draft appears on the other device, plays there, also without a network, and is sent from there; the first device learns of it', async () => {
  await using town1 = await town();
  const place = await devices(town1);
  const { phone, laptop, bert, conversation } = place;
  const spoken = packets(120);
  const take = await speak(place, spoken);
  await take.show(details(120), 'Phone');
  const draft = await shown(laptop);
  assert.deepEqual({ ...draft, made: 0 }, { take: take.take, conversation, made: 0, device: 'Phone', seconds: details(120).samples / 48_000, waveform: Uint8Array.of(1, 2, 3) });
  assert.deepEqual(await phone.drafts.list(), [], 'what was recorded here is with the recorder');
  assert.deepEqual(await messages(bert, conversation), [], 'nobody else sees anything');

  assert.deepEqual(heard(await laptop.drafts.audio(take.take)), spoken);
  await town1.stopServer();
  assert.deepEqual(heard(await laptop.drafts.audio(take.take)), spoken);
  await town1.startServer();

  await laptop.drafts.send(take.take);
  assert.deepEqual(await laptop.drafts.list(), []);
  await until(bert, async () => (await bert.messages.list(conversation))[0]?.here === true);
  assert.deepEqual(heard(await bert.messages.audio(take.take)), spoken);
  await logged(phone, take.take);
  assert.equal(await phone.outgoing.reopen(take.take), null);
  await until(laptop, async () => (await laptop.messages.get(take.take))?.here === true);
  await until(phone, async () => (await place.phoneStore.list(below('r/draft'))).length === 0);
  await until(laptop, async () => (await place.laptopStore.list(below('r/draft'))).length === 0);
  assert.equal(await place.phoneStore.get(keys.row(take.take)), undefined);
});

test('[KEEP5] a draft of another device is sent with what was chosen for it, else with what is in force', async () => {
  await using town1 = await town();
  const place = await devices(town1);
  const { phone, laptop, bert, conversation } = place;
  await phone.conversations.setExpiry(conversation, 604_800);
  await until(laptop, async () => (await laptop.conversations.get(conversation))?.expiry === 604_800);
  for (const [chosen, seconds] of [[{ expiry: 0 }, 0], [{ expiry: null }, null], [{}, 604_800]] as const) {
    const take = await speak(place, packets(60));
    await take.show(details(60), 'Phone');
    await shown(laptop, (draft) => draft?.take === take.take);
    await laptop.drafts.send(take.take, chosen);
    await until(bert, async () => (await bert.messages.get(take.take))?.here === true);
    assert.equal((await bert.messages.get(take.take))?.expiry?.seconds ?? null, seconds);
  }
});

test('[DRAFT2] sent on two devices at once it is one message', async () => {
  await using town1 = await town();
  const place = await devices(town1);
  const { phone, laptop, bert, conversation } = place;
  const spoken = packets(60);
  const take = await speak(place, spoken);
  await take.show(details(60), 'Phone');
  await shown(laptop);
  await Promise.all([take.send(details(60)), laptop.drafts.send(take.take)]);
  for (const device of [phone, laptop]) {
    await logged(device, take.take);
    await device.settled();
  }
  await until(bert, async () => (await bert.messages.list(conversation))[0]?.here === true);
  for (const device of [phone, laptop, bert]) {
    await device.synced();
    assert.deepEqual(await messages(device, conversation), [take.take]);
    assert.deepEqual(heard(await device.messages.audio(take.take)), spoken);
  }
  for (const store of [place.phoneStore, place.laptopStore]) assert.equal(await store.get(keys.row(take.take)), undefined);
});

test('[DRAFT3] a take that goes on takes the place of what was shown before; sent from here it is shown nowhere', async () => {
  await using town1 = await town();
  const place = await devices(town1);
  const { laptop, bert, conversation } = place;
  const spoken = packets(200);
  const take = await speak(place, spoken.slice(0, 80));
  await take.show(details(80), 'Phone');
  await shown(laptop);
  assert.equal(heard(await laptop.drafts.audio(take.take)).length, 80);
  await take.append(spoken.slice(80));
  await take.show(details(200), 'Phone');
  await take.show(details(200), 'Phone');
  await shown(laptop, (draft) => draft?.seconds === details(200).samples / 48_000);
  assert.deepEqual(heard(await laptop.drafts.audio(take.take)), spoken);
  await until(laptop, async () => (await place.laptopStore.list(below('r/draft'))).length === 1);

  await take.send(details(200));
  await gone(laptop);
  await until(bert, async () => (await bert.messages.list(conversation))[0]?.here === true);
  assert.deepEqual(heard(await bert.messages.audio(take.take)), spoken);
  await until(laptop, async () => (await place.laptopStore.list(below('r/draft'))).length === 0);
  await until(place.phone, async () => (await place.phoneStore.list(below('r/draft'))).length === 0);
});

test('[DRAFT4] discarded on the other device it goes everywhere, and the device that recorded it is told; what it said since goes on', async () => {
  await using town1 = await town();
  const place = await devices(town1);
  const { phone, laptop } = place;
  const take = await speak(place, packets(60));
  await take.show(details(60), 'Phone');
  await shown(laptop);
  await laptop.drafts.audio(take.take);
  await laptop.drafts.discard(take.take);
  assert.deepEqual(await laptop.drafts.list(), []);
  await until(phone, async () => (await phone.drafts.discarded()).includes(take.take));
  assert.deepEqual(await place.laptopStore.list(below('b')), [], 'its bytes went with it');
  await take.show(details(60), 'Phone');
  await phone.settled();
  await laptop.synced();
  assert.deepEqual(await laptop.drafts.list(), [], 'it does not come back by itself');

  await take.append(packets(10, 7));
  await take.show(details(70), 'Phone');
  await shown(laptop);
  assert.deepEqual(await phone.drafts.discarded(), []);
  await take.cancel();
  await gone(laptop);
  await phone.settled();
  await clean([place.phoneStore, place.laptopStore]);
});

test('[DRAFT5] a draft that waited for the network and was discarded meanwhile never appears; one that waited appears', async () => {
  await using town1 = await town();
  const place = await devices(town1);
  const { phone, laptop } = place;
  await town1.stopServer();
  const given = await speak(place, packets(30));
  await given.show(details(30), 'Phone');
  await given.cancel();
  const kept = await speak(place, packets(40));
  await kept.show(details(40), 'Phone');
  await town1.startServer();
  await Promise.all([phone.outgoing.tryNow(), laptop.outgoing.tryNow()]);
  await shown(laptop);
  await laptop.synced();
  assert.deepEqual((await laptop.drafts.list()).map(({ take }) => take), [kept.take]);
});

/** A take of 60 packets for bert that is going on, and has been shown nowhere. */
async function recording(town1: Town, phone: Earshot): Promise<OutgoingTake> {
  const bert = await town1.person('bert');
  await phone.synced();
  const conversation = await phone.conversations.direct(await personId(bert));
  await phone.settled();
  const take = await phone.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(60));
  return take;
}

test('[DRAFT5] given up while it is being posted, a draft is nobody else\'s on the device that recorded it, either', async () => {
  await using town1 = await town();
  const [posting, givenUp] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = { on: false };
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      if (slow.on && request.method === 'POST' && request.path.endsWith('/events')) {
        posting.resolve();
        await givenUp.promise;
      }
      return await real.request(request);
    },
  });
  const phone = await town1.person('anna', { transport });
  const take = await recording(town1, phone);
  slow.on = true;
  const seen: Draft[] = [];
  phone.on(() => void phone.drafts.list().then((drafts) => seen.push(...drafts)));
  await take.show(details(60), 'Phone');
  await posting.promise;
  await take.cancel();
  slow.on = false;
  givenUp.resolve();
  await phone.settled();
  await phone.synced();
  assert.deepEqual([...seen, ...(await phone.drafts.list())], []);
});

test('[DRAFT5] given up after it was posted, a draft goes from the other devices, also where the one that recorded it has not heard of its own event yet', async () => {
  await using town1 = await town();
  const ears = { open: true };
  const transport = (real: Transport): Transport => ({
    request: (request) => real.request(request),
    connect: (path, headers, handlers) => real.connect(path, headers, { ...handlers, frame: (text) => void (ears.open && handlers.frame(text)) }),
  });
  const store = memoryStore();
  const phone = await town1.person('anna', { store, transport });
  const laptop = await town1.device();
  await signInToo(laptop, phone, 'laptop');
  await laptop.start();
  const take = await recording(town1, phone);
  ears.open = false;
  await take.show(details(60), 'Phone');
  await phone.settled();
  await shown(laptop);
  assert.deepEqual(await store.list(below('r/draft')), []);
  await take.cancel();
  await gone(laptop);
});

test('[DRAFT5] given up after the server refused to show it, a draft is nothing that anybody hears of', async () => {
  await using town1 = await town();
  const refuses = { on: false };
  const refusal = new TextEncoder().encode(JSON.stringify({ error: { code: 'upload.gone', cause: '', next: '', owner: 'server', evidence: {} } }));
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      const answer = await real.request(refuses.on && request.method === 'POST' && request.path.endsWith('/events') ? { ...request, body: '' } : request);
      return answer.status === 400 ? { ...answer, status: 410, bytes: () => Promise.resolve(refusal) } : answer;
    },
  });
  const phone = await town1.person('anna', { transport });
  const take = await recording(town1, phone);
  refuses.on = true;
  await take.show(details(60), 'Phone');
  await phone.settled();
  refuses.on = false;
  const told: string[] = [];
  phone.on((one) => void (one.type === 'refused' && told.push(one.code)));
  await take.cancel();
  await phone.settled();
  assert.deepEqual(told, []);
});

test('[DRAFT6] sent elsewhere while this device went on: the message is what was sent, and the take is not sent again under its id', async () => {
  await using town1 = await town();
  const place = await devices(town1);
  const { phone, laptop, bert, conversation } = place;
  const spoken = packets(100);
  const take = await speak(place, spoken.slice(0, 50));
  await take.show(details(50), 'Phone');
  await shown(laptop);
  await take.append(spoken.slice(50));
  await laptop.drafts.send(take.take);
  await logged(phone, take.take);
  await assert.rejects(take.send(details(100)), { code: 'not-found' });
  await assert.rejects(phone.outgoing.begin({ take: take.take, conversation }), { code: 'event.conflict' });
  await until(bert, async () => (await bert.messages.list(conversation))[0]?.here === true);
  assert.deepEqual(heard(await bert.messages.audio(take.take)), spoken.slice(0, 50));
});
