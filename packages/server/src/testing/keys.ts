import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { type AccountGrant, type ChainChange, type ChainCommand, type ChainEntry, entryBytes, entryHash, type PublicKeys, recoveryId } from '@earshot/protocol/keys.ts';

const noise = (bytes: number): string => randomBytes(bytes).toString('base64url');
/** The server cannot tell a sealed seed from noise of its length. */
export const anySealed = (): string => noise(1_168);

/** A key pair that really signs; what seals is noise, because the server never seals. */
export class TestKeys {
  readonly publicKeys: PublicKeys;
  readonly #secret: KeyObject;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.#secret = privateKey;
    this.publicKeys = { signing: publicKey.export({ format: 'jwk' }).x ?? '', sealing: noise(1_216) };
  }

  sign(bytes: Uint8Array): string {
    return sign(null, bytes, this.#secret).toString('base64url');
  }
}

export interface TestDevice {
  readonly id: string;
  readonly keys: TestKeys;
}

export interface TestRecovery extends TestDevice {
  readonly from: 'code' | 'passkey';
}

export const newDevice = (id = makeId(systemRandom)): TestDevice => ({ id, keys: new TestKeys() });

export async function newRecovery(): Promise<TestRecovery> {
  const keys = new TestKeys();
  return { id: await recoveryId(keys.publicKeys), keys, from: 'code' };
}

const shown = ({ id, keys }: TestDevice): { id: string; keys: PublicKeys } => ({ id, keys: keys.publicKeys });
const shownRecovery = ({ id, keys, from }: TestRecovery) => ({ id, keys: keys.publicKeys, from });

/** One person's chain, as her devices would make it. */
export class TestChain {
  readonly person: string;
  readonly entries: ChainEntry[] = [];
  devices: TestDevice[];
  recovery: TestRecovery[];
  account = 1;

  private constructor(person: string, device: TestDevice, recovery: TestRecovery) {
    this.person = person;
    this.devices = [device];
    this.recovery = [recovery];
  }

  static async begin(person = makeId(systemRandom), device = newDevice()): Promise<{ readonly chain: TestChain; readonly command: ChainCommand }> {
    const chain = new TestChain(person, device, await newRecovery());
    const genesis: ChainChange = { kind: 'genesis', device: shown(device), recovery: chain.recovery.map(shownRecovery), account: chain.#accountKey(), invited: null };
    return { chain, command: await chain.compose(genesis, device) };
  }

  /** The next entry, which counts as accepted; at an earlier `index` it forks. */
  async compose(change: ChainChange, signer: TestDevice, index = this.entries.length): Promise<ChainCommand> {
    const last = this.entries[index - 1];
    const unsigned = { index, person: this.person, previous: last ? await entryHash(last) : null, change, signer: signer.id };
    const entry = { ...unsigned, signature: signer.keys.sign(entryBytes(unsigned)) };
    this.entries.splice(index, this.entries.length, entry);
    const rotated = change.kind === 'revoke' || change.kind === 'recovery';
    const receivers = change.kind === 'add' ? [change.device.id] : [...this.devices, ...this.recovery].map(({ id }) => id);
    return { entry, grants: receivers.map((to): AccountGrant => ({ generation: this.account, to, sealed: anySealed() })), ...(rotated && { predecessor: { generation: this.account, of: this.account - 1, wrapped: noise(60) } }) };
  }

  add(device: TestDevice, signer = this.#first()): Promise<ChainCommand> {
    this.devices.push(device);
    return this.compose({ kind: 'add', device: shown(device) }, signer);
  }

  revoke(device: TestDevice, signer = this.#first()): Promise<ChainCommand> {
    this.devices = this.devices.filter((one) => one !== device);
    this.account += 1;
    return this.compose({ kind: 'revoke', device: device.id, account: this.#accountKey() }, signer);
  }

  async replaceRecovery(signer = this.#first()): Promise<ChainCommand> {
    this.recovery = [await newRecovery()];
    this.account += 1;
    return this.compose({ kind: 'recovery', recovery: this.recovery.map(shownRecovery), account: this.#accountKey() }, signer);
  }

  #accountKey(): { generation: number; key: string } {
    return { generation: this.account, key: noise(1_216) };
  }

  #first(): TestDevice {
    const [device] = this.devices;
    if (!device) throw new Error('assertion: no device left');
    return device;
  }
}
