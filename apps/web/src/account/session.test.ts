import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Happening } from '@earshot/client/earshot.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { createSession } from './session.ts';

const ada = { person: 'p', handle: 'ada', name: 'Ada', device: 'd', locked: false };

test('[ACC2] a device that is revoked while it is read who is here shows nobody and why, and nothing else is said to have failed', async () => {
  let revoked = false;
  let tell: (happening: Happening) => void = () => undefined;
  const failures: unknown[] = [];
  const account = {
    current: async () => (revoked ? null : ada),
    ended: async (): Promise<FailureCode | null> => (revoked ? 'session.revoked' : null),
    recoveryCode: async (): Promise<string | null> => {
      if (revoked) throw new Failure('session.missing');
      return null;
    },
  };
  const earshot = { account, connection: { state: 'live' }, on: (listener: typeof tell) => (tell = listener, () => undefined) };
  const { who, ended } = createSession(earshot as unknown as Parameters<typeof createSession>[0], { failed: (error: unknown) => failures.push(error) } as unknown as Parameters<typeof createSession>[1]);
  await turn();
  assert.equal(who.value, ada);

  // Between the two questions of one reading.
  account.current = async () => {
    account.current = async () => null;
    revoked = true;
    tell({ type: 'account' });
    return ada;
  };
  tell({ type: 'account' });
  await turn();
  assert.deepEqual([who.value, ended.value, failures], [null, 'session.revoked', []]);
});
