import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64Url } from '@earshot/base/encoding.ts';
import { beginAnew } from '../chains/anew.ts';
import { invite } from '../invitations/invitations.ts';
import { openLink } from '../links/links.ts';
import { isLate } from '../live/late-cursor.ts';
import { cursors, setCursor } from '../logs/read.ts';
import { deleteAccount, rename, setPassword } from '../people/people.ts';
import type { Session } from '../ports.ts';
import { subscribe } from '../push/subscribing.ts';
import { Household } from '../testing/household.ts';
import { newDevice, TestChain } from '../testing/keys.ts';
import { hashOf, newId, noise } from '../testing/world.ts';
import { Uploads } from '../uploads/uploads.ts';
import { sessionOver } from './session-over.ts';
import { endSession, openSession } from './sessions.ts';

interface Home {
  readonly house: Household;
  readonly ada: Session;
  readonly ben: Session;
  readonly log: string;
}

async function home(): Promise<Home> {
  const house = new Household();
  const [ada, ben] = [await house.join('ada'), await house.join('ben')];
  return { house, ada, ben, log: await house.group(ada, [ben]) };
}

async function pushPoint(): Promise<string> {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  return toBase64Url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));
}

/** All that a request does after it was let in, by what it would leave. */
async function requests({ house: { ports }, ada, log }: Home): Promise<Record<string, () => Promise<unknown>>> {
  const wake = { endpoint: 'https://push.example.org/ada', p256dh: await pushPoint(), auth: 'a', serverKey: 'key', silent: [log] };
  const passkey = { id: newId(), person: ada.person, name: 'x', publicKey: noise(3), counter: 0, transports: '', created: 0, used: null, recovery: null };
  return {
    wake: () => subscribe(ports, { key: 'key', privateAddresses: false }, ada, wake),
    cursor: () => setCursor(ports, ada, log, { delivered: 1 }),
    name: () => rename(ports, ada, 'Another'),
    password: () => setPassword(ports, ada, undefined, 'a new password'),
    invitation: () => invite(ports, ada, { secretSha256: hashOf(newId()) }),
    'invitation for herself': () => invite(ports, ada, { secretSha256: hashOf(newId()), for: 'ada' }),
    link: () => openLink(ports, ada, { id: newId(), tokenSha256: hashOf(newId()) }),
    passkey: async () => {
      if ((await ports.store.credentials.add(passkey, ada.device, 5)) === 'ended') throw await sessionOver(ports, ada);
    },
  };
}

const endings: Record<string, (home: Home) => Promise<unknown>> = {
  'session.revoked': ({ house, ada }) => endSession(house.ports, ada, ada.device),
  'account.disabled': ({ house }) => house.ports.store.people.disable('ada', true, house.now),
  'session.missing': ({ house, ada }) => deleteAccount(house.ports, ada, 'ada', undefined),
};

for (const [code, end] of Object.entries(endings))
  test(`[SES8] what a session asked for that ended meanwhile leaves nothing: ${code}`, async () => {
    const here = await home();
    const { house: { ports }, ada, ben, log } = here;
    const asked = await requests(here);
    await end(here);
    const before = await ports.store.people.byId(ada.person);
    for (const [what, ask] of Object.entries(asked)) await assert.rejects(ask(), new RegExp(code), what);
    assert.deepEqual(await ports.store.people.byId(ada.person), before);
    assert.equal((await ports.store.push.counts()).subscriptions, 0);
    assert.deepEqual((await cursors(ports, ben, log)).cursors, []);
    assert.equal((await ports.store.logs.of(ben.person)).find(({ id }) => id === log)?.receipts, 0, 'nobody is told that there is something new to ask for');
    assert.deepEqual([await ports.store.invitations.list(ada.person), await ports.store.links.of(ada.person, 0), await ports.store.credentials.list(ada.person)], [[], [], []]);
  });

test('[SES4] [SES8] a cursor that comes over a connection whose session has just ended does not take the code from it', async () => {
  const { house: { ports }, ada, log } = await home();
  await endSession(ports, ada, ada.device);
  const refused = async (which: string): Promise<boolean> => isLate(await setCursor(ports, ada, which, { delivered: 1 }).catch((error: unknown) => error));
  assert.deepEqual([await refused(log), await refused(newId()), isLate(new Error('disk'))], [true, true, false]);
});

test('[SES8] while the session is there all of it is done', async () => {
  const here = await home();
  for (const [what, ask] of Object.entries(await requests(here))) await assert.doesNotReject(ask(), what);
  assert.equal((await here.house.ports.store.push.counts()).subscriptions, 1);
});

test('[SES8] an upload that is begun while the account is deleted leaves no bytes', async () => {
  const here = await home();
  const { house, ada } = here;
  const uploads = new Uploads(house.ports);
  const before = await house.bytes();
  const chunks = async function* () {
    yield noise(20);
    await deleteAccount(house.ports, ada, 'ada', undefined);
  };
  await assert.rejects(uploads.create(ada.person, newId(), 20, { chunks: chunks(), size: 20, checksum: null }), { code: 'session.missing' });
  assert.deepEqual(await house.bytes(), before);
});

test('[SES8] no chain is begun anew by a session that has ended meanwhile', async () => {
  const { house: { ports }, ada } = await home();
  const [device, before] = [newDevice(), await ports.store.chains.entries(ada.person)];
  const person = await ports.store.people.byId(ada.person);
  assert.ok(person);
  await openSession(ports, person, { id: device.id, name: 'second' });
  const second = { person: ada.person, device: device.id, locked: true };
  const list = ports.store.chains.formerIdentities.bind(ports.store.chains);
  Object.assign(ports.store.chains, { formerIdentities: async (who: string) => {
    await endSession(ports, ada, device.id);
    return await list(who);
  } });
  await assert.rejects(beginAnew(ports, second, { chain: (await TestChain.begin(ada.person, device)).command }), { code: 'session.revoked' });
  assert.deepEqual(await ports.store.chains.entries(ada.person), before);
});
