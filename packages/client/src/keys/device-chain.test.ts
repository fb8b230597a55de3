import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64Url, toBase64Url } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ChainEntry, chainEntry } from '@earshot/protocol/keys.ts';
import * as v from 'valibot';
import { newAccountKey } from './account-key.ts';
import { genesisEntry, nextEntry, type Signer } from './chain-entries.ts';
import { deviceAt, reasonsBetween, standingOf } from './chain-heads.ts';
import { accountOf, type Chain, headOf, identityOf, trustedDevices } from './chain.ts';
import { extendChain, followChain } from './device-chain.ts';
import { wasInvited } from './invitation.ts';
import { recoveryKeyOf, recoverySeeds } from './key-pairs.ts';
import { deviceSigner, furtherDevice, type Persona, persona, recoverySigner, revocation } from './testing/persona.ts';

const ada = await persona(1);
const eve = await persona(2);
const { signatures } = ada.primitives;
const phone = await furtherDevice(ada, ada.chain, deviceSigner(ada));
const withPhone = await extendChain(signatures, ada.chain, phone.entry);
const phoneSigner: Signer = { id: phone.device.id, seed: phone.device.seeds.signing };
const lost = await revocation(ada, withPhone, deviceSigner(ada), phone.device.id);
const withoutPhone = await extendChain(signatures, withPhone, lost.entry);
/** Genesis, a phone, the phone revoked. */
const entries: readonly ChainEntry[] = [ada.genesis, phone.entry, lost.entry];

async function refused(chain: Chain, entry: ChainEntry, reason?: string): Promise<void> {
  await assert.rejects(extendChain(signatures, chain, entry), (error) => error instanceof Failure && error.code === 'server.misbehaves' && (reason === undefined || error.evidence['reason'] === reason), `${entry.change.kind} ${reason ?? ''}`);
}

async function forkRefused(known: Chain, offered: readonly ChainEntry[]): Promise<void> {
  await assert.rejects(followChain(signatures, ada.person, known, offered), (error) => error instanceof Failure && error.evidence['reason'] === 'fork');
}

test('[TRUST1] a chain is read from its first entry: devices come and go, each revocation brings the next account key', () => {
  assert.equal(identityOf(withoutPhone), identityOf(ada.chain));
  assert.deepEqual(trustedDevices(withPhone).map(({ id }) => id), [ada.device.id, phone.device.id]);
  assert.deepEqual(trustedDevices(withoutPhone).map(({ id }) => id), [ada.device.id]);
  assert.deepEqual([ada.chain, withPhone, withoutPhone].map((chain) => accountOf(chain).generation), [1, 1, 2]);
  assert.deepEqual(headOf(withoutPhone).index, 2);
});

test('[TRUST2] nobody outside the chain adds to it: not a stranger, not a revoked device, not another’s recovery key', async () => {
  const change = phone.entry.change;
  assert(change.kind === 'add');
  for (const signer of [deviceSigner(eve), recoverySigner(eve)]) {
    await refused(ada.chain, await nextEntry(signatures, ada.chain, signer, change), 'signer');
    await refused(ada.chain, await nextEntry(signatures, ada.chain, { id: ada.device.id, seed: signer.seed }, change), 'signature');
  }
  const again = await furtherDevice(ada, withoutPhone, phoneSigner);
  await refused(withoutPhone, again.entry, 'signer');
});

test('[TRUST2] a ghost device that the server puts in is refused, whatever it bends', async () => {
  const ghost = await furtherDevice(eve, ada.chain, deviceSigner(eve));
  const stolen = { ...ghost.entry, person: ada.person, signer: ada.device.id };
  await refused(ada.chain, stolen, 'signature');
  await refused(ada.chain, { ...stolen, signature: phone.entry.signature }, 'signature');
  await refused(ada.chain, { ...eve.genesis, person: ada.person, index: 1, previous: headOf(ada.chain).hash });
  await assert.rejects(followChain(signatures, ada.person, ada.chain, [eve.genesis]), Failure);
  await assert.rejects(followChain(signatures, ada.person, null, []), Failure);
});

test('[TRUST3] no changed character of an entry passes', async () => {
  const text = JSON.stringify(entries);
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...'0189abcxyzAZ_-'), async (at, character) => {
      const bent = read(text.slice(0, at) + character + text.slice(at + 1));
      // The last character of base64url holds bits that say nothing.
      if (bent === null || bent.every((entry, index) => says(entry, entries[index]))) return;
      await assert.rejects(followChain(signatures, ada.person, null, bent), Failure);
    }),
    { numRuns: 300 },
  );
});

/** As a client reads what a server gives; null when it is no chain by its form alone. */
function read(text: string): ChainEntry[] | null {
  try {
    return v.parse(v.array(chainEntry), JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || v.isValiError(error)) return null;
    throw error;
  }
}

function says(one: ChainEntry, other: ChainEntry | undefined): boolean {
  return other !== undefined && JSON.stringify({ ...one, signature: '' }) === JSON.stringify({ ...other, signature: '' }) && toBase64Url(fromBase64Url(one.signature)) === other.signature;
}

test('[TRUST3] entries that are left out, reordered or repeated do not pass', async () => {
  const [first, second, third] = entries;
  assert(first && second && third);
  for (const bent of [[first, third], [second], [first, second, second], [first, third, second], [second, first, third]]) {
    await assert.rejects(followChain(signatures, ada.person, null, bent), Failure);
  }
  await assert.rejects(followChain(signatures, eve.person, null, entries), Failure);
});

test('[TRUST4] what is known never gets shorter or other: an old list is noticed', async () => {
  await forkRefused(withoutPhone, entries.slice(0, 2));
  await forkRefused(withPhone, entries.slice(0, 1));
  assert.deepEqual(await followChain(signatures, ada.person, withPhone, entries), withoutPhone);
  assert.deepEqual(await followChain(signatures, ada.person, withPhone, [lost.entry]), withoutPhone);
  assert.deepEqual(await followChain(signatures, ada.person, withoutPhone, []).catch(() => withoutPhone), withoutPhone);
  const other = await furtherDevice(ada, ada.chain, deviceSigner(ada));
  await forkRefused(withPhone, [ada.genesis, other.entry]);
  await assert.rejects(followChain(signatures, ada.person, withPhone, [other.entry]), Failure);
});

test('[TRUST5] the recovery key wins a fork, once, and only where it signed the first other entry', async () => {
  // A thief with the phone throws the owner's device out.
  const theft = await revocation(ada, withPhone, phoneSigner, ada.device.id);
  const stolen = await extendChain(signatures, withPhone, theft.entry);
  const rescue = await revocation(ada, withPhone, recoverySigner(ada), phone.device.id);
  const rescued = await followChain(signatures, ada.person, stolen, [ada.genesis, phone.entry, rescue.entry]);
  assert.deepEqual(trustedDevices(rescued).map(({ id }) => id), [ada.device.id]);
  assert.deepEqual(reasonsBetween(stolen, rescued), ['recovered']);
  await forkRefused(rescued, [ada.genesis, phone.entry, theft.entry]);
  // Behind what the recovery key said nothing else by it takes its place either.
  const second = await revocation(ada, withPhone, recoverySigner(ada), ada.device.id);
  await forkRefused(rescued, [ada.genesis, phone.entry, second.entry]);
});

test('[TRUST5] a thief who replaces the recovery keys does not keep the owner’s out', async () => {
  const tools = ada.primitives;
  const { account } = await newAccountKey(tools, 2);
  const own = await recoveryKeyOf(tools, await recoverySeeds(new Uint8Array(16).fill(1), 'code'), 'code');
  const theft = await nextEntry(signatures, withPhone, phoneSigner, { kind: 'recovery', recovery: [own], account });
  const stolen = await extendChain(signatures, withPhone, theft);
  assert.deepEqual(reasonsBetween(withPhone, stolen), ['code']);
  const rescue = await revocation(ada, withPhone, recoverySigner(ada), phone.device.id);
  await followChain(signatures, ada.person, stolen, [ada.genesis, phone.entry, rescue.entry]);
  const late = await revocation(ada, stolen, recoverySigner(ada), phone.device.id);
  await refused(stolen, late.entry, 'signer');
});

test('[TRUST6] devices and their keys are used once, a device does not revoke itself, account keys never repeat', async () => {
  assert(phone.entry.change.kind === 'add' && lost.entry.change.kind === 'revoke');
  await refused(withoutPhone, await nextEntry(signatures, withoutPhone, deviceSigner(ada), phone.entry.change), 'device');
  const renamed = { ...phone.entry.change, device: { ...phone.entry.change.device, id: eve.device.id } };
  await refused(withoutPhone, await nextEntry(signatures, withoutPhone, deviceSigner(ada), renamed), 'device');
  await refused(withoutPhone, await nextEntry(signatures, withoutPhone, deviceSigner(ada), lost.entry.change), 'account');
  const { account } = await newAccountKey(ada.primitives, 3);
  for (const device of [ada.device.id, phone.device.id, eve.device.id]) await refused(withoutPhone, await nextEntry(signatures, withoutPhone, deviceSigner(ada), { kind: 'revoke', device, account }), 'device');
  const [recovery] = ada.chain.recovery;
  assert(recovery);
  const misnamed = [{ ...recovery, id: eve.recovery.id }];
  await refused(withoutPhone, await nextEntry(signatures, withoutPhone, deviceSigner(ada), { kind: 'recovery', recovery: misnamed, account }), 'recovery');
});

test('[TRUST7] a head that somebody named holds, is ahead, was replaced by the recovery key, or shows a server that tells different things', async () => {
  const head = headOf(withPhone);
  assert.deepEqual(standingOf(withoutPhone, head), { is: 'holds', index: 1 });
  assert.deepEqual(standingOf(ada.chain, head), { is: 'ahead' });
  assert.deepEqual(standingOf(withoutPhone, { index: 1, hash: headOf(eve.chain).hash }), { is: 'contradicts' });
  const rescue = await revocation(ada, ada.chain, recoverySigner(ada), ada.device.id).then(({ entry }) => followChain(signatures, ada.person, ada.chain, [entry]));
  assert.deepEqual(standingOf(rescue, head), { is: 'replaced', index: 0 });
});

test('[TRUST7] a device speaks from the entry that adds it until the one that revokes it', () => {
  const trusted = [0, 1, 2].map((index) => deviceAt(withoutPhone, phone.device.id, index) !== null);
  assert.deepEqual(trusted, [false, true, false]);
  assert.deepEqual(reasonsBetween(ada.chain, withoutPhone), ['device', 'removed']);
  assert.deepEqual(reasonsBetween(ada.chain, ada.chain), []);
  assert.deepEqual(reasonsBetween(ada.chain, eve.chain), ['unknown']);
});

test('[TRUST8] the inviter knows the newcomer by the invitation’s secret, and nobody without it', async () => {
  const guest = await persona(3, 'the secret of the link');
  assert.equal(await wasInvited('the secret of the link', guest.genesis), true);
  assert.equal(await wasInvited('another secret', guest.genesis), false);
  assert.equal(await wasInvited('the secret of the link', ada.genesis), false);
  // A server that puts its own keys in the newcomer's place cannot make the proof.
  const swapped = await swappedGenesis(guest, eve);
  assert.equal(await wasInvited('the secret of the link', swapped), false);
});

async function swappedGenesis(guest: Persona, thief: Persona): Promise<ChainEntry> {
  assert(guest.genesis.change.kind === 'genesis' && thief.genesis.change.kind === 'genesis');
  const { device, recovery, account } = thief.genesis.change;
  const entry = await genesisEntry(signatures, thief.device.seeds.signing, { person: guest.person, device, recovery, account, invitation: null });
  assert(entry.change.kind === 'genesis');
  return { ...entry, change: { ...entry.change, invited: guest.genesis.change.invited } };
}
