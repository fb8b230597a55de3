import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { PushService } from '../testing/push-service.ts';
import { MemoryPush } from './memory.ts';
import { isPublic } from './public-address.node.ts';
import { pushContract } from './push.contract.ts';
import type { PushAddress } from './push.ts';
import { makeKeys, WebPush } from './web-push.node.ts';

const options = { keys: makeKeys(), contact: 'mailto:ops@example.org', privateAddresses: true, clock: systemClock, timeout: 20_000 };

pushContract('memory', () => {
  const push = new MemoryPush();
  let count = 0;
  return Promise.resolve({
    push,
    address: () => Promise.resolve({ endpoint: `memory:${(count += 1)}`, p256dh: '', auth: '' }),
    woken: ({ endpoint }) => push.woken.filter((one) => one === endpoint).length,
    behave: (how, seconds = 0) => {
      push.answer = how === 'well' ? { kind: 'accepted' } : how === 'gone' ? { kind: 'gone' } : { kind: 'failed', reason: how === 'silent' ? 'no answer' : 'busy', status: null, retryAfter: seconds * 1000 };
    },
    [Symbol.asyncDispose]: () => push.close(),
  });
});

pushContract('web push', async () => {
  const service = await PushService.start();
  // Only who is meant to be silent is given up soon: on a slow machine others are not quick either.
  const push = new WebPush({ ...options, get timeout() { return service.script === 'hang' ? 500 : options.timeout; } });
  return {
    push,
    address: () => service.subscribe(),
    woken: (address: PushAddress) => service.deliveries.filter(({ id }) => address.endpoint.endsWith(id)).length,
    behave: (how, seconds = 0) => {
      service.script = how === 'well' ? { status: 201 } : how === 'gone' ? { status: 410 } : how === 'busy' ? { status: 429, headers: { 'retry-after': String(seconds) } } : 'hang';
    },
    [Symbol.asyncDispose]: async () => {
      await push.close();
      await service[Symbol.asyncDispose]();
    },
  };
});

test('[PUSH2] a wake is sealed for the device, signed with the server’s key, and the same for everybody', async () => {
  await using service = await PushService.start();
  const push = new WebPush(options);
  for (let count = 0; count < 3; count += 1) assert.equal((await push.wake(await service.subscribe())).kind, 'accepted');
  assert.deepEqual(service.complaints, []);
  assert.equal(new Set(service.deliveries.map(({ payload }) => payload)).size, 1);
  assert.equal(new Set(service.deliveries.map(({ sealed }) => sealed.length)).size, 1);
  for (const { signer, claims, headers } of service.deliveries) {
    assert.equal(signer, options.keys.publicKey);
    assert.deepEqual([claims.aud, claims.sub], [service.origin, 'mailto:ops@example.org']);
    assert.deepEqual([headers['content-encoding'], headers['topic'], headers['urgency']], ['aes128gcm', 'earshot', 'high']);
    assert.ok(Number(headers['ttl']) > 0);
  }
  await push.close();
});

test('[PUSH3] a date in Retry-After counts, and a redirect leads nowhere', async () => {
  await using service = await PushService.start();
  const push = new WebPush(options);
  const address = await service.subscribe();
  service.script = { status: 503, headers: { 'retry-after': new Date(Date.now() + 600_000).toUTCString() } };
  const later = await push.wake(address);
  assert.ok(later.kind === 'failed' && later.retryAfter !== null && later.retryAfter > 500_000 && later.retryAfter <= 600_000);
  service.script = { status: 307, headers: { location: address.endpoint } };
  assert.deepEqual(await push.wake(address), { kind: 'failed', reason: 'status 307', status: 307, retryAfter: null });
  assert.equal(service.requests, 2);
  await push.close();
});

test('[PUSH4] nobody makes the server knock at addresses inside: not by number, not by a name that leads there, not without https', async () => {
  let knocks = 0;
  const inside = createServer((socket) => {
    knocks += 1;
    socket.destroy();
  });
  inside.listen(0, '127.0.0.1');
  await once(inside, 'listening');
  const { port } = inside.address() as AddressInfo;
  const push = new WebPush({ ...options, privateAddresses: false });
  await using service = await PushService.start();
  const keys = await service.subscribe();
  for (const host of ['https://127.0.0.1', 'https://localhost', 'https://[::1]', 'https://[::ffff:127.0.0.1]', 'https://0x7f000001', 'http://localhost']) {
    const answer = await push.wake({ ...keys, endpoint: `${host}:${port}/wake` });
    assert.deepEqual(answer, { kind: 'failed', reason: 'address not public', status: null, retryAfter: null }, host);
  }
  assert.equal(knocks, 0);
  const allowed = new WebPush(options);
  await allowed.wake({ ...keys, endpoint: `https://localhost:${port}/wake` });
  assert.equal(knocks, 1, 'the same address is reached where it is allowed');
  await push.close();
  await allowed.close();
  inside.close();
});

test('[PUSH4] the internet is what is not set aside for anything else', () => {
  const outside = ['1.1.1.1', '172.15.255.255', '172.32.0.1', '100.128.0.1', '223.255.255.255', '2606:4700::1111', '2a00:1450:4001::1'];
  const within = [
    '0.0.0.0', '10.1.2.3', '100.64.0.1', '127.255.255.255', '169.254.169.254', '172.16.0.1', '192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255',
    '::', '::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', 'fc00::1', 'fe80::1', 'ff02::1', '2002:a00:1::', '2001::1', '2001:db8::1', 'no address',
  ];
  assert.deepEqual(outside.filter((address) => !isPublic(address)), []);
  assert.deepEqual(within.filter(isPublic), []);
});
