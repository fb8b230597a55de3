import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncidentCause } from '@earshot/protocol/incidents.ts';
import type { StatusAnswer } from '@earshot/protocol/status.ts';
import { judgeWay, type Probes, type Seen } from './judge.ts';

const NOW = 1_800_000_000_000;
const ours: Seen = { by: 'server', code: null };
const good: Probes = { offline: false, hello: ours, serverNow: NOW, deviceNow: NOW, latest: NOW, status: status('good'), upload: { by: 'server', code: 'request.invalid' }, socket: true };
const nobody = (system: string | null = null, silent = false): Seen => ({ by: 'nobody', silent, system });
const other = (status_: number, page = false): Seen => ({ by: 'other', status: status_, page, redirect: status_ === 0 || (status_ >= 300 && status_ < 400) });

function status(state: StatusAnswer['state'], ...causes: readonly IncidentCause[]): StatusAnswer {
  return { product: 'earshot', version: '1', now: NOW, state, components: [], incidents: causes.map((cause, at) => ({ id: `${at}`, cause, began: NOW - 1, ended: null, note: null })) };
}

const found = (change: Partial<Probes>): string | null => judgeWay({ ...good, ...change })?.code ?? null;

test('[REACH1] nothing in the way is nothing', () => {
  assert.equal(found({}), null);
  assert.equal(found({ socket: null, upload: null, status: null }), null);
  assert.equal(found({ status: status('trouble', 'push.failed') }), null, 'what hinders something else');
});

test('[REACH1] nobody who answers: no network, a server that does not run, or silence', () => {
  assert.equal(found({ hello: nobody(), offline: true }), 'network.offline');
  assert.equal(found({ hello: nobody('ENETUNREACH') }), 'network.offline');
  assert.equal(found({ hello: nobody('ECONNREFUSED') }), 'server.down');
  assert.equal(found({ hello: nobody('ECONNRESET') }), 'network.unreachable');
  assert.equal(found({ hello: nobody() }), 'network.unreachable');
  assert.equal(found({ hello: nobody(null, true) }), 'network.stalled');
});

test('[REACH1] somebody else who answers: a portal, a gateway without a server, or something unknown', () => {
  for (const hello of [other(302), other(0), other(200, true), other(511, true)]) assert.equal(found({ hello }), 'network.portal', JSON.stringify(hello));
  for (const code of [502, 503, 504]) assert.equal(found({ hello: other(code, true) }), 'server.down');
  for (const hello of [other(403, true), other(404), other(500), other(200)]) assert.equal(found({ hello }), 'network.foreign', JSON.stringify(hello));
});

test('[REACH1] a filter lets the question pass and stops what it is asked for', () => {
  assert.equal(found({ upload: other(413, true) }), 'network.filtered');
  assert.equal(found({ upload: nobody('ECONNRESET') }), 'network.filtered');
  assert.equal(found({ upload: nobody(null, true) }), null, 'a slow link is silent too');
  assert.equal(found({ socket: false }), 'network.filtered');
  assert.equal(found({ socket: false, upload: { by: 'server', code: 'session.revoked' } }), null, 'who is not signed in is not let in');
});

test('[REACH1] the server is blamed on its own word', () => {
  assert.equal(found({ status: status('down', 'storage.full') }), 'server.storage');
  assert.equal(found({ status: status('down', 'database.failed'), upload: other(413) }), 'server.incident');
  assert.equal(found({ status: status('trouble', 'server.announced'), upload: other(413) }), 'network.filtered', 'an announcement is no excuse');
  assert.equal(found({ status: status('trouble', 'server.announced') }), 'server.incident');
  const over = status('good', 'storage.full');
  assert.equal(found({ status: { ...over, incidents: over.incidents.map((one) => ({ ...one, ended: NOW })) } }), null);
});

test('[REACH1] a wrong clock: by the server’s time, and, while nobody answers, by the time that was heard before', () => {
  assert.deepEqual(judgeWay({ ...good, deviceNow: NOW - 3_600_000 }), { code: 'device.clock', evidence: { behind: 3_600_000 } });
  assert.equal(found({ deviceNow: NOW + 3_600_000 }), 'device.clock');
  assert.equal(found({ deviceNow: NOW - 60_000 }), null);
  assert.equal(found({ hello: nobody(), serverNow: null, deviceNow: NOW - 3_600_000 }), 'device.clock');
  assert.equal(found({ hello: nobody(), serverNow: null, deviceNow: NOW + 3_600_000 }), 'network.unreachable', 'time passes while nobody answers');
  assert.equal(found({ hello: nobody('CERT_NOT_YET_VALID') }), 'device.clock');
});
