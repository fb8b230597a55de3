import assert from 'node:assert/strict';
import { systemClock } from '@earshot/base/clock.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { MessageRow, PlaceRow } from '@earshot/client/replica/row.ts';
import type { Store } from '@earshot/client/store.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport, TransportAnswer, TransportRequest } from '@earshot/client/transport.ts';
import type { PostedEvent } from '@earshot/protocol/envelope.ts';
import { speak, type Town, town } from './town.ts';

/** Ada, who says what shall vanish, and Ben, who hears it, at a server whose clock can be put ahead. */
export interface AdaAndBen extends AsyncDisposable {
  readonly place: Town;
  readonly ada: Earshot;
  readonly ben: Earshot;
  readonly adaStore: Store;
  readonly benStore: Store;
  /** How far the server's clock is ahead of the devices'. Milliseconds. */
  ahead: number;
  /** What Ada's device asks of the server, and what it is answered. */
  between: (real: Transport['request']) => Transport['request'];
  /** What Ada's device has said to the server, as far as it was taken. */
  readonly posted: readonly PostedEvent[];
}

export async function adaAndBen(): Promise<AdaAndBen> {
  const [adaStore, benStore] = [memoryStore(), memoryStore()];
  const posted: PostedEvent[] = [];
  const noted = async (request: TransportRequest, answering: Promise<TransportAnswer>): Promise<TransportAnswer> => {
    const answer = await answering;
    if (isEvent(request) && typeof request.body === 'string' && answer.status === 200) posted.push(JSON.parse(request.body) as PostedEvent);
    return answer;
  };
  const changing: Pick<AdaAndBen, 'ahead' | 'between'> = { ahead: 0, between: (real) => real };
  const place = await town({ clock: { now: () => Date.now() + changing.ahead, sleep: systemClock.sleep } });
  const ada = await place.person('ada', { store: adaStore, transport: (real) => ({ ...real, request: (request) => noted(request, changing.between(real.request)(request)) }) });
  const ben = await place.person('ben', { store: benStore });
  await ada.synced();
  return Object.assign(changing, { place, ada, ben, adaStore, benStore, posted, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() });
}

export const isEvent = ({ method, path }: TransportRequest): boolean => method === 'POST' && path.endsWith('/events');

/** Decides to send; it may still wait. */
export const begin = (from: Earshot, conversation: string, expiry: number | null): Promise<string> => speak(from, conversation, { expiry });

export async function say(from: Earshot, conversation: string, expiry: number | null): Promise<string> {
  const id = await begin(from, conversation, expiry);
  await from.settled();
  return id;
}

/** A message as a device has it. */
export async function rowOf(store: Store, id: string): Promise<MessageRow> {
  const { log, seq } = (await store.get(keys.at(id))) as PlaceRow;
  const row = (await store.get(keys.message(log, seq))) as MessageRow | undefined;
  assert.ok(row);
  return row;
}

/** A device loses the sound of a message, and knows it as one that the server has lost as well. */
export async function loseSound(store: Store, id: string): Promise<void> {
  const row = await rowOf(store, id);
  const drops = (await Promise.all(row.blobs.map((blob) => store.list(below(`b/${blob.id}`))))).flat().map(([drop]) => ({ drop }));
  await store.commit([...drops, { put: keys.message(row.log, row.seq), value: { ...row, here: false, failure: { code: 'message.missing', evidence: {} } } }]);
}

/** The chain under which it was sealed. */
export async function chainOf(store: Store, id: string): Promise<string | undefined> {
  return (await rowOf(store, id)).ephemeral?.chain;
}
