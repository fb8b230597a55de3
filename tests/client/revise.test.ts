import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { toHex } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { uploadRoutes } from '@earshot/protocol/addresses.ts';
import { details, happening, isMessage, packets, personId, type Town, town } from './town.ts';

/** Bytes of sound that left, and the uploads that were ended. */
class Meter {
  bytes = 0;
  readonly ended: string[] = [];
  readonly transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: (request) => {
      if (request.path.startsWith(uploadRoutes.collection)) {
        if (request.body instanceof Uint8Array) this.bytes += request.body.length;
        if (request.method === 'DELETE') this.ended.push(request.path);
      }
      return real.request(request);
    },
  });
}

/** The end of an upload is announced to nobody. */
async function ended(meter: Meter, count: number): Promise<void> {
  while (meter.ended.length < count) await systemClock.sleep(5);
}

async function pair(place: Town, meter: Meter, store = memoryStore()): Promise<{ anna: Earshot; bert: Earshot; conversation: string }> {
  const anna = await place.person('anna', { transport: meter.transport, store });
  const bert = await place.person('bert');
  await anna.synced();
  return { anna, bert, conversation: await anna.conversations.direct(await personId(bert)) };
}

/** Resolves when the server has so many packets of the take. */
async function uploaded(anna: Earshot, take: string, count: number, act: () => Promise<void>): Promise<void> {
  const reached = new Promise<void>((resolve) => {
    const end = anna.on((one) => {
      if (one.type !== 'progress' || one.take !== take || one.packetsStored < count) return;
      end();
      resolve();
    });
  });
  await act();
  await reached;
}

/** What arrives is exactly `wanted`, under the hash that the sender says. */
async function arrives(anna: Earshot, bert: Earshot, wanted: readonly Uint8Array[], send: () => Promise<string>): Promise<void> {
  const arrived = happening(bert, isMessage);
  const { sha256 } = await anna.outgoing.stored(await send());
  const audio = await bert.messages.audio((await arrived).message);
  assert.equal(createHash('sha256').update(audio).digest('hex'), sha256);
  assert.deepEqual(readOggOpus(audio).packets.map((packet) => toHex(packet)), wanted.map((packet) => toHex(packet)));
}

test('[EDIT1] a cut from both ends and a pause in the middle: only the parts they touch travel again, and unused uploads are ended', async () => {
  await using place = await town();
  const meter = new Meter();
  const { anna, bert, conversation } = await pair(place, meter);
  const take = makeId(systemRandom);
  const growing = await anna.outgoing.begin({ take, conversation });
  // Four parts of 500 packets, about 31 KB each.
  const spoken = packets(2_000);
  await uploaded(anna, take, 2_000, async () => {
    for (let at = 0; at < 2_000; at += 500) {
      await growing.append(spoken.slice(at, at + 500));
      await growing.split();
    }
  });
  const before = meter.bytes;
  const silence = packets(40, 7);
  // The first part loses its beginning, the last its end; a pause goes between the second and the third.
  const wanted = [...spoken.slice(100, 1_000), ...silence, ...spoken.slice(1_000, 1_900)];
  await growing.revise(wanted);
  assert.equal(growing.packets, wanted.length);
  await arrives(anna, bert, wanted, () => growing.send(details(wanted.length)));
  const again = meter.bytes - before;
  const touched = (400 + 40 + 400) * 62;
  assert.ok(again >= touched && again < touched * 1.05, `${again} bytes travelled again for ${touched} that changed, of ${before}`);
  await ended(meter, 2);
});

test('[EDIT1] cut, said again, and taken back: each time what arrives is what is heard', async () => {
  await using place = await town();
  const { anna, bert, conversation } = await pair(place, new Meter());
  const take = makeId(systemRandom);
  const growing = await anna.outgoing.begin({ take, conversation });
  const [spoken, again] = [packets(300), packets(130, 5)];
  await growing.append(spoken);
  await growing.revise(spoken.slice(0, 220));
  await growing.append(again.slice(0, 60));
  await growing.append(again.slice(60));
  await growing.revise([...spoken, ...again]);
  await growing.revise([...spoken.slice(0, 220), ...again]);
  await arrives(anna, bert, [...spoken.slice(0, 220), ...again], () => growing.send(details(350)));
});

test('[EDIT2] an edit that only the journal knows of reaches the outbox in the next run', async () => {
  await using place = await town();
  const store = memoryStore();
  const { anna, bert, conversation } = await pair(place, new Meter(), store);
  const take = makeId(systemRandom);
  const spoken = packets(600);
  const growing = await anna.outgoing.begin({ take, conversation });
  await uploaded(anna, take, 500, async () => {
    await growing.append(spoken.slice(0, 500));
    await growing.split();
    await growing.append(spoken.slice(500));
  });
  await anna[Symbol.asyncDispose]();

  const meter = new Meter();
  const later = await place.device({ store, transport: meter.transport });
  await later.start();
  const reopened = await later.outgoing.reopen(take);
  assert.ok(reopened);
  await reopened.revise(spoken.slice(0, 550));
  await arrives(later, bert, spoken.slice(0, 550), () => reopened.send(details(550)));
  assert.ok(meter.bytes < 200 * 62, `${meter.bytes} bytes travelled for 50 packets`);
});

test('[EDIT2] a take that was discarded and brought back, without a network in between, is sent as one message', async () => {
  await using place = await town();
  const meter = new Meter();
  const { anna, bert, conversation } = await pair(place, meter);
  const take = makeId(systemRandom);
  const spoken = packets(200);
  const growing = await anna.outgoing.begin({ take, conversation });
  await uploaded(anna, take, 150, () => growing.append(spoken));
  await place.stopServer();
  await growing.cancel();
  assert.equal(await anna.outgoing.reopen(take), null);
  const again = await anna.outgoing.begin({ take, conversation });
  await again.revise(spoken);
  await place.startServer();
  await anna.outgoing.tryNow();
  await arrives(anna, bert, spoken, () => again.send(details(200)));
  await ended(meter, 1);
});

test('[EDIT1] what is cancelled while its first bytes are on their way is ended on the server as well', async () => {
  await using place = await town();
  const meter = new Meter();
  const { anna, conversation } = await pair(place, meter);
  const take = makeId(systemRandom);
  const growing = await anna.outgoing.begin({ take, conversation });
  await growing.append(packets(200));
  while (meter.bytes === 0) await systemClock.sleep(1);
  await growing.cancel();
  await ended(meter, 1);
});
