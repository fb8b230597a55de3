import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { fetchTransport } from '@earshot/client/transports/fetch-transport.ts';
import { FaultyLink } from '@earshot/faults/link.node.ts';
import { details, packets, personId, type Town, town, until } from './town.ts';

/** A speaker behind a link that is cut at chosen bytes, and a listener who is not. */
export class CutPair implements AsyncDisposable {
  readonly #link: FaultyLink;
  readonly #speaker: Earshot;
  readonly #listener: Earshot;
  readonly #conversation: string;
  readonly #sent: string[] = [];

  private constructor(link: FaultyLink, speaker: Earshot, listener: Earshot, conversation: string) {
    this.#link = link;
    this.#speaker = speaker;
    this.#listener = listener;
    this.#conversation = conversation;
  }

  static async meet(place: Town, name: string): Promise<CutPair> {
    const link = await FaultyLink.open(place.origin);
    const speaker = await place.person(`${name}s`, { transport: () => fetchTransport({ server: link.origin, socketHeaders: true }) });
    const listener = await place.device();
    // Who invited somebody sees her.
    const { secret } = await speaker.people.invite();
    await listener.account.join({ invitation: secret, handle: `${name}l`, name: 'Listener', deviceName: 'test' });
    await listener.start();
    await listener.synced();
    await speaker.synced();
    const pair = new CutPair(link, speaker, listener, await speaker.conversations.direct(await personId(listener)));
    await pair.#arrives(await pair.#speak(50));
    return pair;
  }

  /** Bytes that go up for a message of so many packets when nothing is cut. */
  async measure(count: number): Promise<number> {
    this.#link.shape({});
    const id = await this.#speak(count);
    await this.#speaker.outgoing.stored(id);
    const { up } = this.#link.crossed;
    await this.#arrives(id);
    return up;
  }

  /** Sends a message whose connection is cut once after so many bytes; it has to arrive whole. */
  async cutAt(offset: number, count: number): Promise<void> {
    const { cuts } = this.#link;
    this.#link.shape({ cutAfterUp: offset });
    const id = await this.#speak(count);
    const stored = this.#speaker.outgoing.stored(id);
    let over = false;
    void stored.finally(() => (over = true));
    while (!over && this.#link.cuts === cuts) await new Promise((resolve) => setTimeout(resolve, 2));
    this.#link.shape({});
    await stored;
    await this.#arrives(id);
  }

  /** After all of it: every message once, in the order in which they were sent. */
  async check(): Promise<void> {
    const list = await this.#listener.messages.list(this.#conversation, { limit: this.#sent.length + 10 });
    assert.deepEqual(list.map(({ id }) => id), this.#sent);
  }

  async #speak(count: number): Promise<string> {
    const take = makeId(systemRandom);
    const growing = await this.#speaker.outgoing.begin({ take, conversation: this.#conversation });
    await growing.append(packets(count, this.#sent.length + 1));
    await growing.send(details(count));
    this.#sent.push(take);
    return take;
  }

  async #arrives(id: string): Promise<void> {
    const { sha256 } = await this.#speaker.outgoing.stored(id);
    await until(this.#listener, async () => (await this.#listener.messages.get(id))?.here === true);
    assert.equal(createHash('sha256').update(await this.#listener.messages.audio(id)).digest('hex'), sha256, id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }
}

/** A place where the pairs are invited by somebody whose own way is never cut. */
export async function cutPlace(): Promise<Town> {
  const place = await town();
  await place.person('host');
  return place;
}

/** Cuts one message of so many packets at each offset, several pairs beside one another. */
export async function cutSeries(place: Town, pairs: number, offsets: readonly number[], count: number, told: (done: number) => void = () => undefined): Promise<void> {
  const queue = [...offsets];
  const name = makeId(systemRandom).slice(0, 8);
  await Promise.all(Array.from({ length: pairs }, async (_, at) => {
    await using pair = await CutPair.meet(place, `${name}${at}`);
    for (let offset = queue.shift(); offset !== undefined; offset = queue.shift()) {
      await pair.cutAt(offset, count);
      told(offsets.length - queue.length);
    }
    await pair.check();
  }));
}
