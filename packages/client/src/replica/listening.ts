import { type Id, makeId } from '@earshot/base/ids.ts';
import type { ListeningBody } from '@earshot/protocol/bodies.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Happening } from '../earshot.ts';
import type { ListeningFace } from '../earshot-listening.ts';
import { compose } from '../outbox/compose.ts';
import type { OutboxRow, ReadyEvent } from '../outbox/row.ts';
import { listRows, release } from '../outbox/rows.ts';
import type { OwnSayingPorts } from '../outbox/saying.ts';
import { keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import type { ListeningRow, PlaceRow } from './row.ts';

type Said = Pick<ListeningBody, 'places' | 'speeds'>;

/** Where and how fast this person listens. What waits to be sent is one event, however often she pauses without a network. */
export class Listening implements ListeningFace {
  readonly #ports: OwnSayingPorts;

  constructor(ports: OwnSayingPorts) {
    this.#ports = ports;
  }

  async keepPlace(message: Id, seconds: number): Promise<void> {
    const known = (await this.#ports.store.get(keys.place(message))) as ListeningRow | undefined;
    if ((known?.value ?? 0) === seconds) return;
    await this.#keep({ places: [{ message, seconds }], speeds: [] });
    const place = (await this.#ports.store.get(keys.at(message))) as PlaceRow | undefined;
    if (place !== undefined) this.#ports.bus.announce({ type: 'changed', conversation: place.log, message });
  }

  async speed(person: Id): Promise<number> {
    return ((await this.#ports.store.get(keys.speed(person))) as ListeningRow | undefined)?.value ?? 1;
  }

  async keepSpeed(person: Id, speed: number): Promise<void> {
    if ((await this.speed(person)) !== speed) await this.#keep({ places: [], speeds: [{ person, speed }] });
  }

  async #keep(said: Said): Promise<void> {
    const { store, session, random, clock, outbox, ownLog } = this.#ports;
    const { person, device } = await session.required();
    const log = await ownLog(person);
    for (;;) {
      const waiting = (await listRows(store, person)).find((row) => row.conversation === log && waits(row, said));
      const body: ListeningBody = { kind: 'listening', ...joined(waiting?.event?.body, said) };
      const event = compose({ id: makeId(random), log, device, class: 'signal', body });
      if (await transact(store, (transaction) => replace(transaction, { person, waiting, event, body, made: clock.now() }))) break;
    }
    outbox.kick(log);
  }
}

/** Whether this row has not left yet and has room for more. */
function waits({ state, event }: OutboxRow, said: Said): boolean {
  if (state.at !== 'released' || event?.body.kind !== 'listening') return false;
  const { places, speeds } = joined(event.body, said);
  return Math.max(places.length, speeds.length) <= limits.listeningPerEvent;
}

function joined(before: ReadyEvent['body'] | undefined, { places, speeds }: Said): Said {
  if (before?.kind !== 'listening') return { places, speeds };
  return {
    places: [...before.places.filter((one) => !places.some(({ message }) => message === one.message)), ...places],
    speeds: [...before.speeds.filter((one) => !speeds.some(({ person }) => person === one.person)), ...speeds],
  };
}

interface Replacement {
  readonly person: Id;
  readonly waiting: OutboxRow | undefined;
  readonly event: ReadyEvent;
  readonly body: Said;
  readonly made: number;
}

/** False when what waited has left meanwhile. */
async function replace(transaction: Transaction, { person, waiting, event, body, made }: Replacement): Promise<boolean> {
  if (waiting !== undefined) {
    const now = await transaction.get<OutboxRow>(keys.row(waiting.id));
    if (now?.state.at !== 'released') return false;
    transaction.drop(keys.row(waiting.id));
  }
  const pending = event.envelope.id;
  for (const { message, seconds } of body.places) transaction.put(keys.place(message), { value: seconds, pending } satisfies ListeningRow);
  for (const { person: whom, speed } of body.speeds) transaction.put(keys.speed(whom), { value: speed, pending } satisfies ListeningRow);
  await release(transaction, person, event, made);
  return true;
}

/** What one of her devices said, in the order of her log. */
export async function applyListening(transaction: Transaction, event: Id, { places, speeds }: Said, happenings: Happening[]): Promise<void> {
  const take = async (key: string, value: number, nothing: number): Promise<boolean> => {
    const known = await transaction.get<ListeningRow>(key);
    if (known !== undefined && known.pending !== null && known.pending !== event) return false;
    if (value === nothing) transaction.drop(key);
    else transaction.put(key, { value, pending: null } satisfies ListeningRow);
    return (known?.value ?? nothing) !== value;
  };
  for (const { person, speed } of speeds) await take(keys.speed(person), speed, 1);
  for (const { message, seconds } of places) {
    const place = await transaction.get<PlaceRow>(keys.at(message));
    if ((await take(keys.place(message), seconds, 0)) && place !== undefined) happenings.push({ type: 'changed', conversation: place.log, message });
  }
}
