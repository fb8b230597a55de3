import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Happening, Message } from '@earshot/client/earshot.ts';
import { createThread, PAGE, type Thread } from './thread.ts';

const messageOf = (seq: number): Message => ({ id: `m${seq}`, conversation: 'talk', seq }) as unknown as Message;

interface World {
  readonly thread: Thread;
  /** How many messages were read so far. */
  readonly read: () => number;
  readonly say: (happening: Happening) => void;
}

/** A conversation of so many messages, with another event after each. `gone`: so many of the oldest are there no more. */
function worldWith(many: number, { unsent = 0, gone = 0 } = {}): World {
  const logged = Array.from({ length: many }, (_, at) => messageOf(1 + 2 * at)).slice(gone);
  const outgoing = Array.from({ length: unsent }, (_, at): Message => ({ ...messageOf(0), id: `unsent ${at}`, seq: null }));
  let count = 0;
  let tell: (happening: Happening) => void = () => undefined;
  const list = async (_: string, { limit = PAGE, before = Infinity }: { limit?: number; before?: number } = {}): Promise<Message[]> => {
    const found = [...logged.filter(({ seq }) => (seq ?? 0) < before), ...(before === Infinity ? outgoing : [])].slice(-limit);
    count += found.length;
    return found;
  };
  const failed = (error: unknown): void => assert.fail(String(error));
  const earshot = { messages: { list, ask: async () => undefined }, conversations: { changes: async () => [] }, on: (listener: typeof tell) => (tell = listener, () => undefined) };
  return { thread: createThread(earshot, { failed }), read: () => count, say: (happening) => tell(happening) };
}

async function settled({ read }: World): Promise<void> {
  for (let before = -1; before !== read(); await turn()) before = read();
}

test('[FIND7] a message is shown in its conversation however far up it is, with all that was said since; what is older is not read', async () => {
  const world = worldWith(100_000);
  const { thread } = world;
  const sought = messageOf(1 + 2 * 97_000);
  thread.seek(sought);
  await settled(world);
  const shown = thread.messages.value ?? [];
  assert.deepEqual([shown.filter(({ id }) => id === sought.id).length, thread.sought.value?.id, thread.more.value], [1, sought.id, true]);
  assert.deepEqual(shown.map(({ seq }) => seq), Array.from({ length: shown.length }, (_, at) => 200_001 - 2 * (shown.length - at)));
  assert.ok(world.read() < 3_600, `${world.read()} were read`);
  thread.shown();
  world.say({ type: 'changed', conversation: 'talk', message: 'm1' });
  await settled(world);
  assert.deepEqual([thread.messages.value?.length, thread.sought.value], [shown.length, null]);
});

test('[FIND7] a long conversation that is opened without anything being sought shows its newest messages only', async () => {
  const world = worldWith(100_000);
  world.thread.open('talk');
  await settled(world);
  assert.deepEqual([world.thread.messages.value?.length, world.read()], [PAGE, PAGE]);
});

test('[FIND7] the first message of all is found, also behind many that are not sent yet, and there is nothing before it', async () => {
  const world = worldWith(700, { unsent: 600 });
  world.thread.seek(messageOf(1));
  await settled(world);
  assert.deepEqual([world.thread.messages.value?.length, world.thread.messages.value?.[0]?.id, world.thread.more.value], [1_300, 'm1', false]);
  world.say({ type: 'conversations' });
  await settled(world);
  assert.deepEqual([world.thread.messages.value?.length, world.thread.more.value], [1_300, false]);
});

test('[FIND7] what is not there any more is sought no longer, and the newest are shown; neither is it in another conversation', async () => {
  const world = worldWith(3_000, { gone: 1_000 });
  const { thread } = world;
  thread.seek(messageOf(1));
  await settled(world);
  assert.deepEqual([thread.sought.value, thread.messages.value?.length, thread.more.value], [null, PAGE, true]);
  thread.seek(messageOf(5_001));
  thread.open('other');
  await settled(world);
  assert.equal(thread.sought.value, null);
});
