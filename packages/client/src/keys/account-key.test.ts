import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex, utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { grantAccount, openAccount, openToAccount, sealAccountSeed, sealToAccount, wrapPredecessor } from './account-key.ts';
import { accountOf } from './chain.ts';
import { extendChain } from './device-chain.ts';
import { grantConversation, newConversationKey, openGrant } from './conversation-key.ts';
import { deviceSigner, furtherDevice, persona, revocation } from './testing/persona.ts';

const ada = await persona(1);
const ben = await persona(2);
const tools = ada.primitives;
const phone = await furtherDevice(ada, ada.chain, deviceSigner(ada));
const withPhone = await extendChain(tools.signatures, ada.chain, phone.entry);
const lost = await revocation(ada, withPhone, deviceSigner(ada), phone.device.id);
const chain = await extendChain(tools.signatures, withPhone, lost.entry);
const first = await grantAccount(tools, withPhone, ada.account);
const second = await grantAccount(tools, chain, lost.seed);
const before = await wrapPredecessor(tools, ada.person, 1, ada.account, 2, lost.seed);
const log = '0123456789abcdefghjkmnpqrs';

const misbehaves = (error: unknown): boolean => error instanceof Failure && error.code === 'server.misbehaves';
const hex = (seeds: ReadonlyMap<number, Uint8Array>): [number, string][] => [...seeds].map(([generation, seed]): [number, string] => [generation, toHex(seed)]).sort(([one], [other]) => one - other);
const all: [number, string][] = [[1, toHex(ada.account)], [2, toHex(lost.seed)]];

test('[ACCOUNT1] a device and a recovery key open every generation, from the newest grant back', async () => {
  assert.deepEqual(hex(await openAccount(tools, chain, ada.device.id, ada.device.seeds.sealing, second, [before])), all);
  assert.deepEqual(hex(await openAccount(tools, chain, ada.recovery.id, ada.recovery.seeds.sealing, second, [before])), all);
  assert.deepEqual(hex(await openAccount(tools, chain, ada.device.id, ada.device.seeds.sealing, [...first, ...second], [])), all);
});

test('[ACCOUNT2] a revoked device opens nothing of the generations after it', async () => {
  assert(!second.some(({ to }) => to === phone.device.id));
  const opened = await openAccount(tools, chain, phone.device.id, phone.device.seeds.sealing, [...first, ...second], [before]);
  assert.deepEqual(hex(opened), [[1, toHex(ada.account)]]);
  const redirected = second.map((grant) => ({ ...grant, to: phone.device.id }));
  await assert.rejects(openAccount(tools, chain, phone.device.id, phone.device.seeds.sealing, redirected, [before]), misbehaves);
});

test('[ACCOUNT3] a seed that the server swaps in is not what the chain names, and is noticed', async () => {
  const own = { id: ada.device.id, keys: ada.chain.devices[0]?.keys ?? { sealing: '' } };
  const swapped = await sealAccountSeed(tools, ada.person, 2, new Uint8Array(32), own);
  await assert.rejects(openAccount(tools, chain, ada.device.id, ada.device.seeds.sealing, [swapped], []), misbehaves);
  const [grant] = second;
  assert(grant);
  await assert.rejects(openAccount(tools, chain, ada.device.id, ada.device.seeds.sealing, [{ ...grant, generation: 1 }], []), misbehaves);
  const wrong = await wrapPredecessor(tools, ada.person, 1, new Uint8Array(32), 2, lost.seed);
  await assert.rejects(openAccount(tools, chain, ada.device.id, ada.device.seeds.sealing, second, [wrong]), misbehaves);
});

test('[ACCOUNT4] what is sealed to its owner opens with her account key and under its label only', async () => {
  const plain = utf8('a draft nobody has heard');
  const sealed = await sealToAccount(tools, ada.person, accountOf(chain), 'drafts', plain);
  assert.deepEqual(await openToAccount(tools, ada.person, 2, lost.seed, 'drafts', sealed), plain);
  assert.equal(await openToAccount(tools, ada.person, 2, lost.seed, 'outbox', sealed), null);
  assert.equal(await openToAccount(tools, ada.person, 2, ada.account, 'drafts', sealed), null);
  for (const at of [0, 1_130, sealed.length - 1]) {
    assert.equal(await openToAccount(tools, ada.person, 2, lost.seed, 'drafts', sealed.map((byte, place) => (place === at ? byte ^ 1 : byte))), null);
    assert.equal(await openToAccount(tools, ada.person, 2, lost.seed, 'drafts', sealed.slice(0, at)), null);
  }
});

test('[GRANT1] each member opens her own grant, and no other, for that conversation and generation only', async () => {
  const key = newConversationKey(tools.random);
  const [adas, bens] = await grantConversation(tools, log, 3, key, [chain, ben.chain]);
  assert(adas && bens);
  assert.deepEqual([adas.person, adas.account, bens.person, bens.account], [ada.person, 2, ben.person, 1]);
  assert.deepEqual(await openGrant(tools, log, 3, ada.person, adas, lost.seed), key);
  assert.deepEqual(await openGrant(tools, log, 3, ben.person, bens, ben.account), key);
  for (const opening of [openGrant(tools, log, 3, ada.person, bens, lost.seed), openGrant(tools, log, 4, ben.person, bens, ben.account), openGrant(tools, log.replace('0', '1'), 3, ben.person, bens, ben.account), openGrant(tools, log, 3, ada.person, adas, ada.account)]) {
    assert.equal(await opening, null);
  }
});
