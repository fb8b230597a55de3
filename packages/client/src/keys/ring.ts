import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SessionRow } from '../account/session.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { KeySeeds } from './key-pairs.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The private halves of this device. */
export type DeviceRow = KeySeeds & { readonly id: Id };

export interface ConversationKey {
  readonly generation: number;
  readonly key: Bytes;
}

/**
 * The secrets this device holds: its own two seeds, the seed of each account generation, and each conversation key it was given. They lie in the
 * store like everything else, sealed at rest, and go when the person signs out.
 */
export class Ring {
  readonly #store: Pick<Store, 'get' | 'list'>;

  constructor(store: Pick<Store, 'get' | 'list'>) {
    this.#store = store;
  }

  /** Rejects with `device.locked` while this device is in nobody's chain. */
  async device({ device, locked }: SessionRow): Promise<DeviceRow> {
    const row = (await this.#store.get(keys.deviceKeys)) as DeviceRow | undefined;
    if (row?.id !== device || locked) throw new Failure('device.locked', { device });
    return row;
  }

  async accountSeed(generation: number): Promise<Bytes | null> {
    return ((await this.#store.get(keys.accountSeed(generation))) as Bytes | undefined) ?? null;
  }

  async conversationKey(log: Id, generation: number): Promise<Bytes | null> {
    return ((await this.#store.get(keys.conversationKey(log, generation))) as Bytes | undefined) ?? null;
  }

  /** The key of the latest generation that this device was given. */
  async newest(log: Id): Promise<ConversationKey | null> {
    const [last] = await this.#store.list({ ...below(`k/log/${log}`), reverse: true, limit: 1 });
    return last === undefined ? null : { generation: Number(last[0].slice(last[0].lastIndexOf('/') + 1)), key: last[1] as Bytes };
  }
}

/** Everything on the ring, to be destroyed. */
export async function ringKeys(store: Pick<Store, 'list'>): Promise<Change[]> {
  return (await store.list(below('k'))).map(([drop]): Change => ({ drop }));
}
