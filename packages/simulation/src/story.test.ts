import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { Logged } from './check.ts';
import { Ledger } from './ledger.ts';
import { letGoSince, Story } from './story.ts';

const REST = 1_000;

const said = { log: 'log', seq: 5, person: 'bo', parsed: { id: 'one', expiry: 'never' } } as unknown as Logged;
const log = { members: [] } as unknown as LogInfo;

test('[SIM8] the account of worlds: a message is let go when somebody says so, after it rested since she deleted it, or with all that she held when she left', () => {
  const [ledger, story] = [new Ledger(), new Story(said, log)];
  const since = (person: string): number => letGoSince(story, person, ledger, REST);
  ledger.wishes.push({ person: 'al', message: 'one', what: 'let-go', at: 70, done: true }, { person: 'bo', message: 'one', what: 'hide', at: 70, done: true }, { person: 'cy', message: 'other', what: 'let-go', at: 70, done: true });
  assert.deepEqual(['al', 'bo', 'cy'].map(since), [70, 70 + REST, Infinity]);
  for (const person of ['al', 'bo', 'cy']) ledger.left.set(`${person} log`, 90);
  ledger.left.set('di elsewhere', 90);
  assert.deepEqual(['al', 'bo', 'cy', 'di'].map(since), [70, 90, 90, Infinity]);
});
