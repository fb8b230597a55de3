import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { headOf, identityOf } from './chain.ts';
import { invitationFragment, readInvitation } from './invitation.ts';
import { linkFragment, linkToken, newLinkCode, openHello, openWelcome, readLinkFragment, sealHello, sealWelcome } from './linking.ts';
import { fitsSafetyCode, safetyCode, safetyNumber } from './safety-number.ts';
import { commitment, digitsNonce, keepsCommitment, sevenDigits } from './seven-digits.ts';
import { persona } from './testing/persona.ts';

const ada = await persona(1);
const ben = await persona(2);
const random = seededRandom(9);
const ID = '0123456789abcdefghjkmnpqrs';
const [device] = ada.chain.devices;
const [stranger] = ben.chain.devices;
assert(device && stranger);
const keysOf = ({ id, keys }: typeof device): { id: string; keys: typeof keys } => ({ id, keys });

test('[PAIR1] a code gives both sides what they need: a token to sign in, a hello and a welcome that only its holders could make', async () => {
  const code = newLinkCode(ID, random);
  const scanned = readLinkFragment(linkFragment(code));
  assert(scanned);
  assert.deepEqual(scanned, code);
  assert.equal(await linkToken(scanned), await linkToken(code));
  const hello = await sealHello(scanned, keysOf(device));
  assert.deepEqual(await openHello(code, hello), keysOf(device));
  const head = headOf(ada.chain);
  assert.deepEqual(await openWelcome(scanned, await sealWelcome(code, { person: ada.person, head })), { person: ada.person, head });
});

test('[PAIR2] a server that swaps keys or messages on the way is noticed', async () => {
  const code = newLinkCode(ID, random);
  const guess = newLinkCode(ID, random);
  const hello = await sealHello(code, keysOf(device));
  assert.equal(await openHello(code, await sealHello(guess, keysOf(stranger))), null);
  assert.equal(await openHello({ ...code, id: ID.replace('0', '1') }, hello), null);
  assert.equal(await openWelcome(code, hello), null);
  for (const bent of ['', '!', hello.slice(0, -8), `A${hello.slice(1)}`, `${hello}AAAA`]) assert.equal(await openHello(code, bent), null);
  for (const text of ['', ID, `${ID}.short`, `x.${'A'.repeat(22)}`]) assert.equal(readLinkFragment(text), null);
});

test('[DIGITS1] both sides show the same seven digits, and others when anything between them was swapped', async () => {
  const newNonce = digitsNonce(random);
  const committed = await commitment(keysOf(device), newNonce);
  const input = { link: ID, person: ada.person, committed, newNonce, oldNonce: digitsNonce(random), head: headOf(ada.chain) };
  const digits = await sevenDigits(input);
  assert.match(digits, /^\d{3} \d{4}$/);
  assert.equal(await sevenDigits({ ...input }), digits);
  const swapped = await commitment(keysOf(stranger), newNonce);
  for (const other of [{ ...input, committed: swapped }, { ...input, newNonce: digitsNonce(random) }, { ...input, oldNonce: digitsNonce(random) }, { ...input, head: headOf(ben.chain) }, { ...input, person: ben.person }, { ...input, link: ada.person }]) {
    assert.notEqual(await sevenDigits(other), digits);
  }
  assert.equal(await keepsCommitment(committed, keysOf(device), newNonce), true);
  assert.equal(await keepsCommitment(committed, keysOf(stranger), newNonce), false);
  assert.equal(await keepsCommitment(committed, keysOf(device), digitsNonce(random)), false);
});

test('[SAFETY1] two people see one number, whoever looks; with another identity it is another', async () => {
  const adas = { person: ada.person, identity: identityOf(ada.chain) };
  const bens = { person: ben.person, identity: identityOf(ben.chain) };
  const number = await safetyNumber(adas, bens);
  assert.match(number, /^(\d{5} ){11}\d{5}$/);
  assert.equal(await safetyNumber(bens, adas), number);
  const other = await safetyNumber(adas, { ...bens, identity: 'f'.repeat(64) });
  assert.notEqual(other, number);
  assert.equal(fitsSafetyCode(number, safetyCode(number)), true);
  assert.equal(fitsSafetyCode(number, safetyCode(other)), false);
});

test('[INVITE1] an invitation carries who invites; an operator’s does not', () => {
  const identity = identityOf(ada.chain);
  assert.deepEqual(readInvitation(invitationFragment({ secret: ID, identity })), { secret: ID, identity });
  assert.deepEqual(readInvitation(invitationFragment({ secret: ID, identity: null })), { secret: ID, identity: null });
  assert.deepEqual(readInvitation(`${ID}.bent`), { secret: ID, identity: null });
});
