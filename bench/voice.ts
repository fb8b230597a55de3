import { assert } from '@earshot/base/assert.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { readRow } from '@earshot/client/outbox/rows.ts';
import { readBytes } from '@earshot/client/stores/bytes.ts';
import { sqliteStore } from '@earshot/client/stores/sqlite.node.ts';
import type { Body } from '@earshot/protocol/bodies.ts';

const PACKETS = 100; // two seconds
const PACKET_BYTES = 60; // 24 kbit/s
const PRE_SKIP = 312;

/** A message that can be sent many times under new ids: what it says, and its only part as it is sealed. */
export interface Voice {
  readonly body: Body;
  readonly sealed: Buffer;
  readonly sha256: string;
}

/** As the SDK makes it; the take is given up again. `file` is the store of that profile. */
export async function makeVoice(earshot: Earshot, file: string): Promise<Voice> {
  const store = sqliteStore(file);
  const id = makeId(systemRandom);
  const person = (await earshot.account.current())?.person ?? '';
  const take = await earshot.outgoing.begin({ take: id, conversation: await earshot.conversations.direct(person) });
  await take.append(Array.from({ length: PACKETS }, () => Uint8Array.of(0x78, ...systemRandom.bytes(PACKET_BYTES - 1))));
  await take.send({ samples: PACKETS * 960 - PRE_SKIP, preSkip: PRE_SKIP, waveform: systemRandom.bytes(256), source: { from: 'microphone' } });
  const row = await readRow(store, id);
  const [part] = row?.parts ?? [];
  assert(row?.event !== null && row?.event !== undefined && part?.sha256 !== undefined && part.sha256 !== null, 'what was sent lies in the outbox');
  const voice = { body: row.event.body, sealed: Buffer.from(await readBytes(store, part.blob, 0, part.sealed)), sha256: part.sha256 };
  await earshot.outgoing.discard(id);
  await store.close();
  return voice;
}
