import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveredAt, nextCursor, type Custody, type Receipt, recipientsOf } from './recipients.ts';
import { type CursorRow, emptyLog, type DevicesRow } from './row.ts';

const HOUR = 3_600_000;
const NOON = 12 * HOUR;
const message = { seq: 5, at: NOON + 60_000, person: 'anna', heardBy: [] };

function custody(receipts: readonly Receipt[], devices: DevicesRow['devices'] | null, left: number | null = null): Custody {
  const member = (person: string, joined: number, gone: number | null = null) => ({ person, role: 'member', joined, left: gone, chain: 1 }) as const;
  return {
    log: { ...emptyLog, id: 'log', kind: 'group', members: [member('anna', 1), member('bert', 1, left), member('late', 6), member('gone', 1, 4)] },
    receipts, asked: devices === null ? null : { devices, receipts: 0 },
  };
}

const receipt = (more: Partial<Receipt> = {}): Receipt => ({ person: 'bert', device: 'phone', delivered: 5, at: 900, earlier: [], troubles: [], ...more });
const phone = (seen: number | null = NOON) => ({ person: 'bert', device: 'phone', seen });
const stands = (known: Custody): string | undefined => recipientsOf(message, known)[0]?.stands?.code;

test('[REP7] a message is for those who could read it when it was sent, and each device has the time at which it had it', () => {
  const [bert, ...others] = recipientsOf(message, custody([receipt(), receipt({ device: 'old', delivered: 7, at: 990, earlier: [{ delivered: 4, at: 100 }, { delivered: 6, at: 800 }] })], [phone()]));
  assert.deepEqual(others, []);
  assert.deepEqual(bert?.devices, [{ device: 'phone', delivered: 900, seen: NOON }, { device: 'old', delivered: 800, seen: null }]);
  assert.equal(bert?.stands, null);
});

test('[REP7] a device’s steps are remembered, and what is nothing new is passed over', () => {
  const said = (delivered: number, at: number): Omit<CursorRow, 'earlier'> => ({ delivered, at, troubles: [] });
  const first = nextCursor(undefined, said(3, 30));
  const second = nextCursor(first ?? undefined, said(5, 50));
  assert.ok(second);
  assert.equal(nextCursor(second, said(4, 60)), null);
  assert.deepEqual([deliveredAt(second, 3), deliveredAt(second, 4), deliveredAt(second, 6)], [30, 50, null]);
  const many = Array.from({ length: 500 }, (_, n) => n + 6).reduce<CursorRow>((row, n) => nextCursor(row, said(n, n)) ?? row, second);
  assert.ok(many.earlier.length <= 64);
});

test('[REP8] what stands in the way is named, and nothing is said while it may be on its way', () => {
  assert.equal(stands(custody([], null)), undefined, 'nobody asked yet');
  assert.equal(stands(custody([], [])), 'recipient.no-device');
  assert.deepEqual(recipientsOf(message, custody([], [phone(NOON - HOUR)]))[0]?.stands, { code: 'recipient.away', evidence: { since: NOON - HOUR } });
  assert.equal(stands(custody([], [phone(NOON)])), undefined, 'it was there within the hour');
  assert.equal(stands(custody([], [phone(null)])), undefined, 'it does not show when it was there');
  assert.equal(stands(custody([], [phone(NOON - HOUR), { ...phone(NOON), device: 'tablet' }])), undefined);
  const troubled = (code: string, seq: number, delivered: number) => stands(custody([receipt({ delivered, troubles: [{ seq, code }] })], [phone()]));
  assert.equal(troubled('device.storage', 4, 3), 'recipient.storage');
  assert.equal(troubled('event.unreadable', 5, 5), 'recipient.version');
  assert.equal(troubled('blob.damaged', 5, 6), 'recipient.damaged');
  assert.equal(troubled('message.missing', 5, 6), 'recipient.damaged');
  assert.equal(troubled('something of a later version', 5, 5), 'recipient.version');
  assert.equal(troubled('blob.damaged', 4, 5), undefined, 'the trouble is with another message');
  assert.equal(troubled('device.storage', 5, 5), undefined, 'there is room again');
  assert.equal(deliveredAt(receipt({ troubles: [{ seq: 5, code: 'device.storage' }] }), 5), 900);
});

test('[REP8] whoever heard it, has it elsewhere, or left meanwhile is not waited for', () => {
  assert.equal(recipientsOf({ ...message, heardBy: [{ person: 'bert', at: 1 }] }, custody([], []))[0]?.stands, null);
  assert.equal(stands(custody([receipt({ device: 'old' })], [phone(0)])), undefined);
  assert.equal(stands(custody([], [], 6)), undefined);
});
