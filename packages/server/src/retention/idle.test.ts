import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '@earshot/base/log.ts';
import { openOperator } from '../operator.ts';
import { startServer } from '../server.ts';
import { authenticate, openSession } from '../sessions/sessions.ts';
import { Household } from '../testing/household.ts';
import { stillClock } from '../testing/still-clock.ts';
import { call, newId, World } from '../testing/world.ts';
import { sweep } from './sweep.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Somebody with a session, on a server that lives on, hour by hour. */
async function home() {
  const house = new Household();
  const { person } = await house.join('ada');
  const ada = await house.ports.store.people.byId(person);
  assert(ada);
  const open = async (): Promise<string> => (await openSession(house.ports, ada, { id: newId(), name: 'tablet' })).token;
  const pass = async (days: number): Promise<void> => {
    for (const end = house.now + days * DAY; house.now < end; house.now += HOUR) await house.ports.store.status.alive(house.now);
    await sweep(house.ports);
  };
  return { house, open, pass, asks: (token: string) => authenticate(house.ports, token) };
}

test('[RET5] a session that was not used for 90 days ends, and not because its person wanted it', async () => {
  const { open, pass, asks } = await home();
  const token = await open();
  await pass(89);
  await asks(token);
  await pass(89);
  await asks(token);
  await pass(91);
  await assert.rejects(asks(token), { code: 'session.missing' });
});

test('[RET5] no session is idle for time in which no server lived, or that a clock has skipped; nor is a device said to have been there meanwhile', async () => {
  const { house: at, open, pass, asks } = await home();
  const { ports } = at;
  await ports.store.status.begin(at.now);
  const [token, seen] = [await open(), at.now];
  await pass(50);
  at.now += 91 * DAY;
  await sweep(ports);
  at.now += 91 * DAY;
  await ports.store.status.begin(at.now);
  await sweep(ports);
  const person = (await ports.store.people.byHandle('ada'))?.id ?? '';
  assert.deepEqual((await ports.store.devices.list(person)).map((device) => device.seen), [seen, seen]);
  await pass(39);
  assert.equal((await ports.store.devices.list(person)).length, 2);
  await asks(token);
  await pass(89);
  await asks(token);
  await pass(91);
  await assert.rejects(asks(token), { code: 'session.missing' });
});

for (const how of ['was off for 91 days', 'was brought back from a copy of 182 days ago'])
  test(`[RET5] [BACK3] a server that ${how} ends nobody’s session`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'earshot-idle-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [dataDir, copy] = [join(folder, 'data'), join(folder, 'copy')];
    let skipped = 0;
    const start = () => startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog, clock: stillClock(() => Date.now() + skipped) });
    const first = await start();
    const ada = await new World(first, dataDir).join('ada');
    await first.close();
    cpSync(dataDir, copy, { recursive: true });
    const later = async (): Promise<number> => {
      skipped += 91 * DAY;
      await using server = await start();
      const base = `http://127.0.0.1:${server.port}`;
      // It sweeps at once.
      const swept = async (): Promise<boolean> => /"upkeep"[^}]*"seen":\d/.test((await call(base, null, 'GET', '/v1/status')).text);
      while (!(await swept())) await new Promise((resolve) => void setTimeout(resolve, 100));
      return (await call(base, ada.token, 'GET', '/v1/me')).status;
    };
    assert.equal(await later(), 200);
    if (how.includes('off')) return;
    rmSync(dataDir, { recursive: true });
    cpSync(copy, dataDir, { recursive: true });
    assert.equal(await later(), 200);
  });

test('[SES5] a session that the operator ended says so while the account is disabled, and does not pass for revoked when it is enabled; one that was revoked stays so', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-idle-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using server = await startServer({ dataDir: folder, host: '127.0.0.1', port: 0, log: silentLog });
  const world = new World(server, folder);
  const ada = await world.join('ada', { password: 'long enough' });
  const signIn = async (): Promise<{ token: string | null; device: string }> => (await call(world.base, null, 'POST', '/v1/sessions', { handle: 'ada', password: 'long enough', device: { id: newId(), name: 'x' } })).json;
  const [lost, left, other] = [await signIn(), await signIn(), await signIn()];
  assert.equal((await ada.call('DELETE', `/v1/devices/${lost.device}`)).status, 200);
  await using operator = openOperator(folder);
  await operator.disable('ada', true);
  const told = () => Promise.all([ada.token, lost.token, left.token].map(async (token) => (await call(world.base, token, 'GET', '/v1/me')).code));
  await new Promise((resolve) => void setTimeout(resolve, 60));
  assert.deepEqual(await told(), ['account.disabled', 'session.revoked', 'account.disabled']);
  await operator.disable('ada', false);
  await new Promise((resolve) => void setTimeout(resolve, 60));
  assert.deepEqual(await told(), ['session.missing', 'session.revoked', 'session.missing']);

  const again = await signIn();
  assert.equal((await call(world.base, again.token, 'DELETE', `/v1/devices/${left.device}`)).status, 200);
  assert.deepEqual(await told(), ['session.missing', 'session.revoked', 'session.revoked'], 'also one that had ended before');
  assert.equal((await call(world.base, other.token, 'GET', '/v1/me')).code, 'session.missing');
});
