import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extendChain } from '../chains/chains.ts';
import { inviteAsOperator } from '../invitations/invitations.ts';
import { Household } from '../testing/household.ts';
import { newDevice, TestChain } from '../testing/keys.ts';
import { hashOf, newId } from '../testing/world.ts';
import { join } from './people.ts';

test('[CHAIN7] a joining anew that comes again while its first still makes the password puts aside nothing that the first has done', async () => {
  const house = new Household();
  const { ports } = house;
  const ada = await house.join('ada');
  const [secret, device] = [newId(), newDevice()];
  await inviteAsOperator(ports, { secretSha256: hashOf(secret), for: 'ada' });
  const { chain, command } = await TestChain.begin(ada.person, device);
  const again = () => join(ports, { invitation: secret, handle: 'ada', name: 'ada', password: 'long enough', device: { id: device.id, name: 'x' }, chain: command, anew: true }, 'here');
  const hash = ports.passwords.hash.bind(ports.passwords);
  let first = true;
  Object.assign(ports.passwords, { hash: async (password: string) => {
    const hashed = await hash(password);
    if (!first) return hashed;
    first = false;
    // Who came again was faster, and her device went on.
    const { locked } = await again();
    assert.equal(locked, false);
    await extendChain(ports, { person: ada.person, device: device.id, locked: false }, await chain.add(newDevice()));
    return hashed;
  } });
  const late = await again();
  assert.deepEqual([late.chain, late.locked], [2, false], 'it finds what is there');
  assert.deepEqual((await ports.store.chains.entries(ada.person)).map(({ entry }) => entry), chain.entries);
  assert.equal((await ports.store.chains.formerIdentities(ada.person)).length, 1);
});
