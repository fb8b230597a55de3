import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RosterBody } from '@earshot/protocol/bodies.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { memoryStore } from '../stores/memory.ts';
import { Transaction } from '../stores/transaction.ts';
import { effectsOf } from './apply.ts';
import { emptyLog, type LogRow } from './row.ts';

const DAY = 86_400;
const [ME, OWNER, MEMBER] = ['00000000000000000000000001', '00000000000000000000000002', '00000000000000000000000003'];
const members = [{ person: OWNER, role: 'owner' }, { person: ME, role: 'member' }, { person: MEMBER, role: 'member' }] as const;
const known: LogRow = { ...emptyLog, id: '00000000000000000000000004', kind: 'group', members: [], roster: { kind: 'group', members, hash: null, generation: 1 } };

/** What this device holds of a group after `person` began a key in it whose list says how it was set. */
async function told(person: string, before: Partial<LogRow>, kind: LogRow['kind'] = 'group'): Promise<Pick<LogRow, 'title' | 'expiry'>> {
  const log = { ...known, ...before, kind };
  const event = { seq: 7, at: 7, person, envelope: { class: 'key', id: '00000000000000000000000007', log: log.id, refers: [] } } as unknown as LoggedEvent;
  const body: RosterBody = { kind: 'roster', members: [...members], previous: null, title: 'Choir', expiry: DAY };
  const { title, expiry } = await effectsOf(new Transaction(memoryStore()), ME, log, { event, body, failure: null, watch: null, log, comes: false }, []);
  return { title, expiry };
}

test('[KEEP5] who was told nothing when she came takes the name from any member and the expiry from an owner, and nothing that she knows is overwritten', async () => {
  assert.deepEqual(await told(OWNER, {}), { title: 'Choir', expiry: DAY });
  assert.deepEqual(await told(MEMBER, {}), { title: 'Choir', expiry: undefined });
  assert.deepEqual(await told(OWNER, { title: 'Band', titled: 'Band', expiry: null }), { title: 'Band', expiry: null });
  assert.deepEqual(await told(OWNER, { title: 'asked for here', expiry: 60, expiryLogged: {} }), { title: 'asked for here', expiry: 60 });
  assert.deepEqual(await told(MEMBER, {}, 'direct'), { title: null, expiry: DAY });
});
