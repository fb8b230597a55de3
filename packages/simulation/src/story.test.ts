import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { Logged } from './check.ts';
import { Ledger, type Wish } from './ledger.ts';
import { letGoSince, noteHeard, Story } from './story.ts';

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

test('[SIM8] the account of worlds: what the server heard in time to be brought back is not let go at the end of its rest, whoever does so; what it heard too late, or was deleted again, is', () => {
  const [ledger, story] = [new Ledger(), new Story(said, log)];
  const since = (): number => letGoSince(story, 'bo', ledger, REST);
  const wish = (what: Wish['what'], at: number, heard: number): void => {
    ledger.wishes.push({ person: 'bo', message: 'one', what, at, done: true, event: `${what} ${at}` });
    noteHeard(ledger, { byId: new Map([[`${what} ${at}`, { at: heard } as Logged]]) });
  };
  wish('hide', 70, 80);
  wish('restore', 90, 70 + REST);
  assert.equal(since(), 70 + REST, 'too late');
  wish('restore', 90, 100);
  assert.equal(since(), Infinity);
  wish('hide', 95, 110);
  assert.equal(since(), 95 + REST);
});
