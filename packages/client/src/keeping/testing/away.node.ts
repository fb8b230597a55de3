import assert from 'node:assert/strict';
import type { Clock } from '@earshot/base/clock.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import type { Session } from '../../account/session.ts';
import { Bus } from '../../bus.ts';
import type { Happening } from '../../earshot.ts';
import { emptyLog, type LogRow, type MessageContent, type MessageRow } from '../../replica/row.ts';
import type { Store } from '../../store.ts';
import { keys } from '../../stores/keys.ts';
import { memoryStore } from '../../stores/memory.ts';
import { type Transaction, transact } from '../../stores/transaction.ts';
import { Tasks } from '../../tasks.ts';
import type { Api } from '../../wire/api.ts';
import { Keeper } from '../keeper.ts';
import { ServerTime } from '../server-time.ts';
import { writeMessage } from '../write.ts';

export const DAY = 86_400_000;
export const REST = usualRetention.rest;
/** What a device that was away believes that it is at the server, and what it is. */
export const BELIEVED = 1_000 * DAY;
export const NOW = BELIEVED + 100 * DAY;
export const content: MessageContent = { parts: [], samples: 960, preSkip: 0, sha256: 'h', waveform: '', fileName: null };
export const told: Happening[] = [];

export const log: LogRow = { ...emptyLog, id: 'log', kind: 'group', members: ['me', 'bo', 'cy'].map((person) => ({ person, role: 'member', joined: 1, left: null, chain: 1 })) };

export function said(change: Partial<MessageRow>): MessageRow {
  return { id: 'one', log: 'log', seq: 5, at: BELIEVED, person: 'me', content, blobs: [], here: true, heard: true, heardBy: [], removed: null, failure: null, ...change };
}

/** A device with one message, as `change` has it. */
export async function device(change: Partial<MessageRow> = {}): Promise<{ store: Store; row: () => Promise<MessageRow>; step: (work: (transaction: Transaction, log: LogRow) => Promise<unknown>) => Promise<void> }> {
  const store = memoryStore();
  await transact(store, async (transaction) => {
    transaction.put(keys.log('log'), log);
    transaction.put(keys.log('own'), { ...log, id: 'own', kind: 'self' });
    transaction.put(keys.at('one'), { log: 'log', seq: 5 });
    await writeMessage(transaction, 'me', log, null, said(change));
  });
  const row = async (): Promise<MessageRow> => {
    const found = (await store.get(keys.message('log', 5))) as MessageRow | undefined;
    assert.ok(found);
    return found;
  };
  return { store, row, step: (work) => transact(store, async (transaction) => void (await work(transaction, log))) };
}

export const about = (at: number, person = 'me') => ({ at, person, envelope: { refers: ['one'] } });

/** A keeper at `now` of the server's clock, whose waits pass at once. `catchUp`: what comes before it knows what the server has. */
export function keeper(store: Store, now: number, catchUp = async (): Promise<void> => undefined): { end: () => Promise<void>; faults: string[]; asked: string[] } {
  const bus = new Bus(null);
  const [faults, asked]: [string[], string[]] = [[], []];
  bus.on((happening) => void (happening.type === 'fault' && faults.push(happening.code)));
  const tasks = new Tasks(bus);
  const clock: Clock = { now: () => 0, sleep: async () => await new Promise<void>((resolve) => setImmediate(resolve)) };
  const time = new ServerTime(clock);
  time.heard(now);
  const session = { current: async () => ({ person: 'me', device: 'here', locked: false }) } as unknown as Session;
  const api = { call: async (name: string) => void asked.push(name) } as unknown as Api;
  const work = new Keeper({ store, api, session, bus, tasks, time, catchUp }).work();
  return { faults, asked, end: async () => { await tasks.end(); await work; } };
}

export async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; turn < 5_000; turn += 1) {
    if (await what()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  assert.fail('it never came to be');
}

/** This person's own log, and what it says of the message. */
export const ownLog = { ...log, id: 'own', kind: 'self' } as const;
export const hiding = (hidden: boolean, at: number) => ({ kind: 'hidden', log: 'log', message: 'one', hidden, at }) as const;
