import type { Id } from '@earshot/base/ids.ts';
import type { ChainBody, VanishingBody } from '@earshot/protocol/bodies.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { EventRow } from '../replica/row.ts';
import type { OpenedEvent } from '../sealer.ts';
import type { Store } from '../store.ts';
import { ephemeralRows } from '../stores/ephemeral-rows.ts';
import { below, keys } from '../stores/keys.ts';
import { type EphemeralChain, openEphemeral } from './ephemeral-chain.ts';
import { EphemeralKeys } from './ephemeral-keys.ts';
import type { PrekeyRow } from './prekey-rotation.ts';
import type { Primitives } from './primitives.ts';
import { openVanishing } from './vanishing.ts';

/** The last chain of a device, and the number of the event that said so. */
type FromRow = { readonly chain: Id; readonly seq: number };

/** Opens what expires, as long as this device has the key to it. */
export class EphemeralOpening {
  readonly #store: Store;
  readonly #primitives: Primitives;
  readonly #keys: EphemeralKeys;

  constructor(store: Store, primitives: Primitives) {
    this.#store = store;
    this.#primitives = primitives;
    this.#keys = new EphemeralKeys(store);
  }

  /** An event whose outside was opened and is signed. What this device cannot open stays as it is. */
  async open(opened: OpenedEvent): Promise<OpenedEvent> {
    const { event, content } = opened;
    if (content?.body.kind === 'chain') await this.#begin(event, content.body);
    if (content?.body.kind !== 'vanishing') return opened;
    try {
      const { log, id } = event.envelope;
      return { ...opened, content: { ...content, body: await this.#message(log, id, content.body) } };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error.code === 'key.missing' ? opened : { ...opened, content: null, failure: error };
    }
  }

  /** Once only: what was read already begins nothing, or keys that were destroyed could be had again. */
  async #begin({ seq, envelope: { log, device } }: LoggedEvent, { chain, grants }: ChainBody): Promise<void> {
    const read = (await this.#store.get(keys.event(log, seq))) as EventRow | undefined;
    if (read !== undefined && read.body === undefined) return;
    const rows = (await this.#store.list(below('k/prekey'))).map(([, value]) => value as PrekeyRow);
    for (const grant of grants) {
      const begun = await openEphemeral(this.#primitives, log, chain, grant, rows.filter((row) => row.device === grant.device));
      if (begun !== null) await this.#follow(log, device, seq, begun);
    }
  }

  /** A device says nothing more on its chain before: what is still to be read has its key. */
  async #follow(log: Id, device: Id, seq: number, chain: EphemeralChain): Promise<void> {
    const before = (await this.#store.get(ephemeralRows.ephemeralFrom(log, device))) as FromRow | undefined;
    await this.#keys.begin(log, chain);
    // What came live may be ahead of what is being caught up with.
    if (before !== undefined && before.seq >= seq) return;
    const ended = before === undefined || before.chain === chain.id ? [] : [{ drop: ephemeralRows.ephemeralChain(log, before.chain) }];
    await this.#store.commit([{ put: ephemeralRows.ephemeralFrom(log, device), value: { chain: chain.id, seq } satisfies FromRow }, ...ended]);
  }

  async #message(log: Id, message: Id, body: VanishingBody): ReturnType<typeof openVanishing> {
    const { chain, step } = body;
    const key = await this.#keys.keyOf(log, chain, step);
    const opened = await openVanishing({ log, chain, step, message }, key, body);
    await this.#store.commit([{ put: keys.ephemeralOf(message), value: { log, chain, step } }]);
    return opened;
  }
}
