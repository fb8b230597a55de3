import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aborted } from '@earshot/base/aborted.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Happening, Message } from '@earshot/client/earshot.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Journal } from './decided.ts';
import { createSentTakes } from './sent-takes.ts';

/** A message of which the outbox says one thing after the other: the code it rejects with, or null when the server has it. */
function world(answers: (FailureCode | null)[]): { take: Id; told: string[]; takes: ReturnType<typeof createSentTakes>; there: { message: Message | null }; change: () => Promise<void>; waits: () => number } {
  const take = 'take';
  const told: string[] = [];
  const there: { message: Message | null } = { message: { id: take } as Message };
  let hear: (happening: Happening) => void = () => undefined;
  let waits = 0;
  const stored = async (_message: string, { signal }: { signal: AbortSignal }): Promise<{ sha256: string; seq: number }> => {
    const code = answers.shift();
    if (code === undefined) {
      waits += 1;
      await aborted(signal);
      waits -= 1;
      signal.throwIfAborted();
    }
    if (code !== null && code !== undefined) throw new Failure(code);
    return { sha256: '', seq: 1 };
  };
  const earshot = {
    outgoing: { stored }, messages: { get: async () => there.message },
    on: (listener: typeof hear) => {
      hear = listener;
      return () => undefined;
    },
  } as unknown as Pick<Earshot, 'outgoing' | 'messages' | 'on'>;
  const journal = { drafts: async () => [{ take, state: 'sent' }], discard: async () => void told.push('discarded') } as unknown as Journal;
  const takes = createSentTakes({ earshot, journal: async () => journal, failed: (error) => told.push(String(error)), stored: async () => void told.push('stored'), rests: async () => void told.push('rests') });
  const change = async (): Promise<void> => {
    hear({ type: 'changed', conversation: 'log', message: take });
    await settle();
  };
  return { take, told, takes, there, change, waits: () => waits };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test('[KEPT8] what the server refused rests once its person discards it', async () => {
  const { take, told, takes, there, change } = world(['quota.full', 'not-found']);
  takes.follow(take, take);
  await settle();
  assert.deepEqual(told, []);
  assert.equal(takes.keeps(take), true);
  there.message = null;
  await change();
  assert.deepEqual(told, ['discarded', 'rests']);
  assert.equal(takes.keeps(take), false);
});

test('[KEPT8] refused, tried again and stored, it does not rest', async () => {
  const { take, told, takes, change } = world(['quota.full', null]);
  takes.follow(take, take);
  await settle();
  await change();
  assert.deepEqual(told, ['stored']);
});

test('[KEPT8] what nobody decided about, since its person signed out, does not rest', async () => {
  const { take, told, takes, there } = world(['not-found']);
  there.message = null;
  takes.follow(take, take);
  takes.leave();
  await settle();
  assert.deepEqual(told, []);
});

test('[KEPT8] signing out and in again leaves nobody behind who waits for what is on its way', async () => {
  const { take, told, takes, waits, change } = world([]);
  for (let time = 0; time < 3; time += 1) {
    takes.leave();
    takes.follow(take, take);
    await settle();
    assert.equal(waits(), 1);
  }
  await change();
  assert.equal(waits(), 1, 'what was left was not refused');
  takes.leave();
  await settle();
  assert.deepEqual([waits(), told], [0, []]);
});
