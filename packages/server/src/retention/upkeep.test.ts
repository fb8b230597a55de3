import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { closeCodes } from '@earshot/protocol/live.ts';
import { openOperator } from '../operator.ts';
import { SqliteDevices } from '../store/sqlite-devices.node.ts';
import { SqliteKeeping } from '../store/sqlite-keeping.node.ts';
import { SqlitePush } from '../store/sqlite-push.node.ts';
import { PushService } from '../testing/push-service.ts';
import { until } from '../testing/until.ts';
import { startWorld } from '../testing/world.ts';

/** What each round of the upkeep asks the store for fails once. Answers how often each was asked. */
function failingOnce({ mock }: TestContext): () => number[] {
  const fails = (): Promise<never> => Promise.reject(new Error('database or disk is full'));
  const once = { times: 1 };
  const asked = [
    mock.method(SqliteKeeping.prototype, 'sweep', fails, once),
    mock.method(SqliteDevices.prototype, 'foreignWrites', fails, once),
    mock.method(SqlitePush.prototype, 'counts', fails, once),
    mock.method(SqlitePush.prototype, 'take', fails, once),
  ];
  return () => asked.map((one) => one.mock.callCount());
}

test('[RET1] [PUSH3] [SES5] the upkeep of a server goes on after a round that failed: it wakes, sweeps and ends sessions as before', async (t) => {
  await using service = await PushService.start();
  const asked = failingOnce(t);
  // Its rounds follow one another faster.
  const hasty = { ...systemClock, sleep: (milliseconds: number, signal?: AbortSignal) => systemClock.sleep(milliseconds / 200, signal) };
  const said: string[] = [];
  const log = { info: () => undefined, warn: (what: string) => void said.push(what) };
  const world = await startWorld(t, { clock: hasty, log, push: { on: true, privateAddresses: true, contact: 'mailto:ops@example.org' }, limits: { wakeGrace: 0, uploadIdle: 1 } });
  await until(() => asked().every((count) => count > 0));
  assert.equal(said.filter((what) => what === 'upkeep').length, asked().length, 'each of them failed, and was told');

  const [ada, ben] = [await world.join('ada'), await world.join('ben')];
  const { endpoint, p256dh, auth } = await service.subscribe();
  const { key } = (await ben.call('GET', '/v1/push')).json;
  assert.equal((await ben.call('PUT', '/v1/push', { endpoint, p256dh, auth, serverKey: key, silent: [] })).status, 200);
  await ada.post(ada.envelope(await ada.direct(ben.person)));
  await service.until(({ deliveries }) => deliveries.length > 0);

  const idle = await ada.upload(Uint8Array.of(1, 2, 3));
  await until(async () => (await ada.tus('HEAD', `/v1/uploads/${idle.id}`, {})).status === 410);

  using open = await ben.live();
  await using operator = openOperator(world.dataDir);
  await operator.disable('ben', true);
  assert.equal(await open.closed, closeCodes.sessionEnded);
});
