import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { toHex } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { details, happening, isMessage, packets, personId, town } from './town.ts';

test('[SEND1] a take becomes a message on the other side, byte for byte', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const arrived = happening(bert, isMessage);
  const take = makeId(systemRandom);
  const growing = await anna.outgoing.begin({ take, conversation });
  const spoken = packets(250);
  for (let at = 0; at < spoken.length; at += 25) await growing.append(spoken.slice(at, at + 25));
  await growing.send(details(spoken.length));
  const { sha256 } = await anna.outgoing.stored(take);
  const { message, from } = await arrived;
  assert.equal(message, take);
  assert.equal(from, await personId(anna));
  const audio = await bert.messages.audio(message);
  assert.equal(createHash('sha256').update(audio).digest('hex'), sha256);
  assert.deepEqual(readOggOpus(audio).packets.map((packet) => toHex(packet)), spoken.map((packet) => toHex(packet)));
});
