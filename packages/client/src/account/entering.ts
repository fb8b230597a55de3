import { AWAY_BACKOFF, backoff } from '@earshot/base/backoff.ts';
import type { Clock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ChainHead } from '@earshot/protocol/keys.ts';
import type { SessionAnswer } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import { type AccountSeeds, openAccount } from '../keys/account-key.ts';
import { type AccountKeys, putSeeds } from '../keys/account-keys.ts';
import { standingOf } from '../keys/chain-heads.ts';
import { accountOf, type Chain, type KnownDevice } from '../keys/chain.ts';
import type { Signer } from '../keys/chain-entries.ts';
import type { Chains } from '../keys/chains.ts';
import { newSeeds, publicKeysOf } from '../keys/key-pairs.ts';
import type { Prekeys } from '../keys/prekeys.ts';
import type { Primitives } from '../keys/primitives.ts';
import type { DeviceRow } from '../keys/ring.ts';
import type { Locks } from '../locks.ts';
import { listRows } from '../outbox/rows.ts';
import type { LogRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { isPassing } from '../sync/fetch-message.ts';
import type { Api } from '../wire/api.ts';
import { leaving, returning } from './leaving.ts';
import type { OwnChain } from './own-chain.ts';
import type { Session, SessionRow } from './session.ts';

export interface EnteringPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly session: Session;
  readonly chains: Chains;
  readonly accountKeys: AccountKeys;
  readonly ownChain: OwnChain;
  readonly prekeys: Pick<Prekeys, 'first'>;
  /** Destroys the key under which everything lies at rest, and goes on under a new one. */
  readonly forgetAtRest: () => Promise<void>;
  readonly bus: Bus;
  readonly locks: Locks;
  readonly clock: Clock;
  /** Makes the conversation with oneself, unless it is there: notes, and what one's devices share. */
  readonly ownLog: (person: Id) => Promise<Id>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Held while somebody comes to this device or goes from it. */
const GOING = 'leaving';

/** How a person comes to this device and goes from it: first her session, then her keys. */
export class Entering {
  readonly #ports: EnteringPorts;

  constructor(ports: EnteringPorts) {
    this.#ports = ports;
  }

  /** The id of this device, kept before the first attempt: the same attempt again is the same device. */
  async device(attempt: string, name: string): Promise<{ id: Id; name: string }> {
    const { store, primitives } = this.#ports;
    const known = (await store.get(keys.device)) as { attempt: string; id: Id } | undefined;
    if (known?.attempt === attempt) return { id: known.id, name };
    const id = makeId(primitives.random);
    await store.commit([{ put: keys.device, value: { attempt, id } }]);
    return { id, name };
  }

  /** The keys of a device that is not let in yet, kept before anybody hears of them: what lets it in may be repeated. */
  async keysOf(id: Id): Promise<DeviceRow> {
    const { store, primitives } = this.#ports;
    const known = (await store.get(keys.entering)) as DeviceRow | undefined;
    if (known?.id === id) return known;
    const row: DeviceRow = { id, ...newSeeds(primitives.random) };
    await store.commit([{ put: keys.entering, value: row }]);
    return row;
  }

  /** A session began. `fresh`: the keys that this device has from the start, or those with which it is to be let in. */
  async entered({ person, handle, name, device, token, locked }: SessionAnswer, fresh: readonly Change[] = []): Promise<SessionRow> {
    const { store, session, bus, locks } = this.#ports;
    const holdsKeys = fresh.some((change) => 'put' in change && change.put === keys.deviceKeys);
    const row: SessionRow = { person, handle, name, device, token, locked: locked && !holdsKeys, ended: null };
    await locks.hold(GOING, async () => {
      const before = await session.stored();
      // Somebody else's replica is not hers to read. One's own is kept, but this device is a new one to the server.
      if (before !== null && before.person !== person) await this.#gone(before.person, []);
      await store.commit([...(await this.#unreported()), { drop: keys.device }, { put: keys.session, value: row }, ...fresh]);
    });
    await session.stored();
    // She is signed in, whatever becomes of this: it goes on by itself.
    if (row.locked) await this.#openWithOldKeys().catch(unlessPassing);
    else await this.#opened(row);
    // Until here a joining that is repeated has to be the same one.
    await store.commit([{ drop: keys.joining }]);
    bus.announce({ type: 'account' });
    return await session.required();
  }

  /** What the network cut off when she came in again: a device that has its keys is not locked for long. Resolves once that is so, or it is known that they do not open it. */
  async finish(signal: AbortSignal): Promise<void> {
    const { clock, primitives } = this.#ports;
    for (let attempts = 1; !signal.aborted; attempts += 1) {
      try {
        return await this.#openWithOldKeys();
      } catch (error) {
        unlessPassing(error);
        await clock.sleep(backoff(AWAY_BACKOFF, attempts, primitives.random), signal);
      }
    }
  }

  /** This device comes into the chain by a signer that it has itself; from then on it reads everything. */
  async letIn(row: SessionRow, signer: Signer, seedOf: (generation: number) => Promise<Bytes | null>, seeds: AccountSeeds): Promise<void> {
    const device = await this.keysOf(row.device);
    await this.#ports.ownChain.add(row.person, { id: device.id, keys: await publicKeysOf(this.#ports.primitives, device) }, signer, seedOf);
    await this.#unlock(row, device, seeds);
  }

  /**
   * Another device has let this one in, in the chain that has this head; false when it has not yet. Rejects with `server.misbehaves` when
   * the server shows another chain.
   */
  async admitted(row: SessionRow, head: ChainHead): Promise<boolean> {
    const { api, chains, primitives } = this.#ports;
    const device = await this.keysOf(row.device);
    const chain = await chains.fetch(row.person);
    const known = chain.devices.find(({ id, revoked }) => id === device.id && revoked === null);
    if (known === undefined) return false;
    if (standingOf(chain, head).is !== 'holds' || !(await this.#isOwn(known, device))) throw new Failure('server.misbehaves', { what: 'chain', person: row.person, reason: 'device' });
    const { grants, predecessors } = await api.call('keys');
    await this.#unlock(row, device, await openAccount(primitives, chain, device.id, device.sealing, grants, predecessors));
    return true;
  }

  /**
   * Who has this session goes. Of several pages one does it; once it is the turn of another, she has gone, and somebody may have come. `last` is what
   * goes with all else, as her session stands by then; null when it is not over.
   */
  async leave({ person, device }: SessionRow, last: (now: SessionRow) => Promise<readonly Change[] | null>): Promise<void> {
    await this.goingAlone(async () => {
      const now = await this.#ports.session.stored();
      const changes = now?.device === device ? await last(now) : null;
      if (changes !== null) await this.#gone(person, changes);
    });
  }

  /** Nobody's leaving is finished meanwhile, in no page. */
  async goingAlone(work: () => Promise<void>): Promise<void> {
    await this.#ports.locks.hold(GOING, work);
  }

  /** Everything that can be read here goes with its keys; what waits to be sent is sealed for its person, also what is recorded in another page meanwhile. */
  async #gone(person: Id, last: readonly Change[]): Promise<void> {
    const { store, primitives, forgetAtRest } = this.#ports;
    const chain = (await store.get(keys.chain(person))) as Chain | undefined;
    while (!(await store.commit([...(await leaving(store, primitives, person, chain)), ...last])) || (chain !== undefined && (await listRows(store, person)).length > 0));
    await forgetAtRest();
  }

  async #isOwn({ keys: known }: KnownDevice, device: DeviceRow): Promise<boolean> {
    const own = await publicKeysOf(this.#ports.primitives, device);
    return known.signing === own.signing && known.sealing === own.sealing;
  }

  async #unlock(row: SessionRow, device: DeviceRow, seeds: AccountSeeds): Promise<void> {
    const open: SessionRow = { ...row, locked: false };
    await transact(this.#ports.store, async (transaction) => {
      const session = await transaction.get<SessionRow>(keys.session);
      if (session?.device !== row.device || session.ended !== null) throw new Failure(session?.ended ?? 'session.missing');
      transaction.put(keys.deviceKeys, device);
      transaction.drop(keys.entering);
      putSeeds(transaction, seeds);
      transaction.put(keys.session, open);
    });
    await this.#opened(open);
    this.#ports.bus.announce({ type: 'account' });
  }

  /** Who was signed out by the server, or let in again where she was, and never went from this device, still has the keys of what it was called before. */
  async #openWithOldKeys(): Promise<void> {
    const { store, session, chains, accountKeys } = this.#ports;
    await this.goingAlone(async () => {
      const row = await session.current();
      const old = (await store.get(keys.deviceKeys)) as DeviceRow | undefined;
      // Another page, or she herself by her code, was quicker.
      if (row?.locked !== true || old === undefined) return;
      const chain = await chains.fetch(row.person);
      const seedOf = (generation: number): Promise<Bytes | null> => accountKeys.held(generation);
      const trusted = chain.devices.some(({ id, revoked }) => id === old.id && revoked === null);
      if (!trusted || (await seedOf(accountOf(chain).generation)) === null) return;
      await this.letIn(row, { id: old.id, seed: old.signing }, seedOf, new Map());
    });
  }

  async #opened(row: SessionRow): Promise<void> {
    const { store, primitives, accountKeys, ownLog, prekeys } = this.#ports;
    await store.commit(await returning(store, primitives, row.person, (generation) => accountKeys.seed(generation, row)));
    await ownLog(row.person);
    await prekeys.first(row);
  }

  async #unreported(): Promise<Change[]> {
    const logs = await this.#ports.store.list(below('r/log'));
    return logs.map(([put, value]): Change => ({ put, value: { ...(value as LogRow), reported: 0 } }));
  }
}

function unlessPassing(error: unknown): void {
  if (!isPassing(error)) throw error;
}
