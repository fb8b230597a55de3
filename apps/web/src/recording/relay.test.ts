import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Id } from '@earshot/base/ids.ts';
import type { OutgoingTake, SendDetails } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { createRelay } from './relay.ts';

const details: SendDetails = { samples: 960, preSkip: 312, waveform: new Uint8Array(4), source: { from: 'microphone' } };
const packet = (value: number): Uint8Array => Uint8Array.of(value);

/** An outbox in memory that keeps parts as lists of first bytes, and can be told to fail. */
class Outbox {
  parts: number[][] = [];
  begun = 0;
  sent = false;
  cancelled = false;
  readonly shown: number[] = [];
  full = false;
  /** The take that is open cannot release what it holds any more. */
  lost = false;
  #split = true;

  readonly begin = async (input: { take: Id }): Promise<OutgoingTake> => {
    this.begun += 1;
    return this.#take(input.take);
  };
  readonly reopen = async (take: Id): Promise<OutgoingTake | null> => {
    if (this.begun === 0) return null;
    this.#split = true;
    this.lost = false;
    return this.#take(take);
  };

  get flat(): number[] {
    return this.parts.flat();
  }

  #take(take: Id): OutgoingTake {
    const count = (): number => this.flat.length;
    return {
      take,
      get packets() {
        return count();
      },
      append: async (packets) => {
        if (this.full) throw new Failure('device.storage');
        if (this.#split) this.parts.push([]);
        this.#split = false;
        this.parts.at(-1)?.push(...packets.map((one) => one[0] ?? 0));
      },
      revise: async (packets) => {
        if (this.full) throw new Failure('device.storage');
        this.parts = [packets.map((one) => one[0] ?? 0)];
        this.#split = true;
      },
      split: async () => {
        this.#split = true;
      },
      show: async () => {
        this.shown.push(count());
      },
      send: async () => {
        if (this.lost) throw new Failure('device.storage');
        this.sent = true;
        return take;
      },
      cancel: async () => {
        this.cancelled = true;
      },
    };
  }
}

const journal = (...values: number[]) => async () => ({ packets: values.map(packet) });
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

test('[WEB4] packets are handed on in order while they are spoken, and sending closes them', async () => {
  const outbox = new Outbox();
  const relay = createRelay(outbox, 'take', 'talk', null);
  relay.packets([packet(1), packet(2)]);
  relay.part();
  relay.packets([packet(3)]);
  assert.equal(await relay.send(3, journal(1, 2, 3), details), 'take');
  assert.deepEqual(outbox.parts, [[1, 2], [3]]);
  assert.ok(outbox.sent);
  assert.equal(outbox.begun, 1);
});

test('[WEB4] a failing outbox stops nothing, and sending fills it up from the journal', async () => {
  const outbox = new Outbox();
  const relay = createRelay(outbox, 'take', 'talk', null);
  relay.packets([packet(1)]);
  await turn();
  outbox.full = true;
  relay.packets([packet(2)]);
  relay.part();
  relay.packets([packet(3)]);
  await assert.rejects(relay.send(3, journal(1, 2, 3), details), { code: 'device.storage' });
  assert.equal(outbox.sent, false);
  outbox.full = false;
  await relay.send(3, journal(1, 2, 3), details);
  assert.deepEqual(outbox.flat, [1, 2, 3]);
});

test('[WEB4] what could not be released is brought to what the journal holds when it is sent once more', async () => {
  const outbox = new Outbox();
  const relay = createRelay(outbox, 'take', 'talk', null);
  relay.packets([packet(1), packet(2)]);
  await turn();
  outbox.lost = true;
  await assert.rejects(relay.send(2, journal(1, 2), details), { code: 'device.storage' });
  outbox.parts = [];
  assert.equal(await relay.send(2, journal(1, 2), details), 'take');
  assert.deepEqual([outbox.flat, outbox.sent], [[1, 2], true]);
});

test('[WEB4] after a reload the outbox is brought to what the journal holds, and goes on in a new part', async () => {
  const outbox = new Outbox();
  const before = createRelay(outbox, 'take', 'talk', null);
  before.packets([packet(1)]);
  await turn();
  const after = createRelay(outbox, 'take', 'talk', await journal(1, 2)());
  await turn();
  assert.deepEqual(outbox.flat, [1, 2]);
  after.part();
  after.packets([packet(3)]);
  await after.send(3, journal(1, 2, 3), details);
  assert.deepEqual(outbox.parts, [[1, 2], [3]]);
  assert.equal(outbox.begun, 1);
});

test('[WEB4] a take of which the outbox knows nothing is begun on sending', async () => {
  const outbox = new Outbox();
  await createRelay(outbox, 'take', 'talk', await journal(1, 2)()).send(2, journal(1, 2), details);
  assert.deepEqual(outbox.parts, [[1, 2]]);
});

test('[EDIT2] an edit is handed on in its turn; one that the outbox did not take is brought over on sending', async () => {
  const outbox = new Outbox();
  const relay = createRelay(outbox, 'take', 'talk', null);
  relay.packets([packet(1), packet(2)]);
  relay.revise(await journal(2)());
  relay.packets([packet(3)]);
  await turn();
  assert.deepEqual(outbox.parts, [[2], [3]]);
  outbox.full = true;
  relay.revise(await journal(3)());
  await turn();
  outbox.full = false;
  await relay.send(1, journal(3), details);
  assert.deepEqual(outbox.flat, [3]);
});

test('[WEB4] cancelling ends the upload and hands on nothing more', async () => {
  const outbox = new Outbox();
  const relay = createRelay(outbox, 'take', 'talk', null);
  relay.packets([packet(1)]);
  await turn();
  await relay.cancel();
  relay.packets([packet(2)]);
  assert.ok(outbox.cancelled);
  assert.deepEqual(outbox.flat, [1]);
});

test('[DRAFT7] what rests is shown to the other devices, and only when the outbox holds all of it', async () => {
  const outbox = new Outbox();
  const relay = createRelay(outbox, 'take', 'talk', null);
  relay.packets([packet(1), packet(2)]);
  relay.rest(3, details, 'Phone');
  relay.packets([packet(3)]);
  relay.rest(3, details, 'Phone');
  await turn();
  assert.deepEqual(outbox.shown, [3]);
});
