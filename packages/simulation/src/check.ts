import type { LogInfo } from '@earshot/protocol/people.ts';
import type { StoredEvent } from '@earshot/server/store/log-store.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import type { Take } from './ledger.ts';
import type { World } from './world.ts';

export interface Logged extends StoredEvent {
  readonly log: string;
  readonly parsed: Envelope;
}

/** What the server holds in the end. */
export interface Holding {
  readonly logs: ReadonlyMap<string, LogInfo>;
  readonly events: readonly Logged[];
  readonly byId: ReadonlyMap<string, Logged>;
}

/** Everything that anybody can read, put together. */
export async function holdingOf({ server, devices }: World): Promise<Holding> {
  const { store } = server.disk;
  const logs = new Map<string, LogInfo>();
  const found = new Map<string, Logged>();
  for (const person of new Set(devices.map((device) => device.person))) {
    for (const log of await store.logs.of(person)) {
      logs.set(log.id, log);
      const page = await store.logs.page({ person, device: '' }, log.id, 0, 1e9, 1e12, 0);
      for (const event of page?.events ?? []) found.set(`${log.id} ${event.seq}`, { ...event, log: log.id, parsed: JSON.parse(event.envelope) as Envelope });
    }
  }
  const events = [...found.values()].sort((one, other) => (one.log === other.log ? one.seq - other.seq : one.log < other.log ? -1 : 1));
  return { logs, events, byId: new Map(events.map((event) => [event.parsed.id, event])) };
}

/** What the server promised: numbers without gaps, every id once, nothing acknowledged missing, nothing cancelled anywhere, order kept. */
export function checkServer(world: World, holding: Holding): void {
  const { trace, acknowledged, ledger } = world;
  const fail = (text: string): void => trace.violation(text);
  if (holding.byId.size !== holding.events.length) fail('an event is there twice');
  const heads = new Map<string, number>();
  for (const { log, seq } of holding.events) {
    if (seq !== (heads.get(log) ?? 0) + 1) fail(`log ${log} goes from ${heads.get(log) ?? 0} to ${seq}`);
    heads.set(log, seq);
  }
  for (const [id, { log, seq }] of acknowledged.events) {
    const event = holding.byId.get(id);
    if (event?.log !== log || event.seq !== seq) fail(`event ${id} was acknowledged as ${log} ${seq} and is ${event ? `${event.log} ${event.seq}` : 'nowhere'}`);
  }
  for (const { blob, says } of acknowledged.gone) {
    if (world.server.yielded.has(blob)) continue;
    const naming = holding.events.filter(({ parsed }) => parsed.blobs.some(({ id }) => id === blob));
    // What has ended for everybody is gone; whether it has is judged elsewhere.
    if (naming.length === 0 || naming.some((event) => event.removed === null && !isForsaken(world, holding, event))) fail(says);
  }
  for (const take of ledger.takes.values()) checkTake(world, holding, take);
  for (const event of holding.events) if (event.parsed.class === 'message' && !ledger.takes.has(event.parsed.id)) fail(`message ${event.parsed.id} was never spoken`);
  checkOrder(world, holding);
}

/** Whether everybody left who could read it: then nobody holds it, and the server has it no longer. */
export function isForsaken({ ledger }: World, { logs }: Holding, { log, seq }: Logged): boolean {
  return logs.get(log)?.members.every(({ person, joined }) => joined > seq || ledger.left.has(`${person} ${log}`)) === true;
}

function checkTake({ trace, devices, ledger }: World, { byId }: Holding, take: Take): void {
  const event = byId.get(take.id);
  const owner = devices.find(({ name }) => name === take.device);
  if (take.cancelled && event !== undefined && event.removed === null) trace.violation(`${take.id} was cancelled, and is at ${event.log} ${event.seq}`);
  if (take.cancelled && event !== undefined && !take.removed && take.sent === null) trace.violation(`${take.id} was cancelled before it left, and its notice is at ${event.log} ${event.seq}`);
  // Whoever left a group on another device can say nothing into it any more, nor take anything back there.
  const excused = ledger.left.has(`${take.person} ${take.conversation}`);
  const restored = ledger.wishes.some(({ what, message }) => what === 'restore' && message === take.id);
  if (take.removed && event !== undefined && event.removed === null && !excused && !restored) trace.violation(`${take.id} was taken back, and is at ${event.log} ${event.seq}`);
  if (event !== undefined && !take.sending) trace.violation(`${take.id} was never released, and is at ${event.log} ${event.seq}`);
  if (take.fate === 'send' && take.sent === null && !take.cancelling) trace.violation(`${take.id} never got sent`);
  if (take.sent !== null && !take.cancelling && event === undefined && !excused) trace.violation(`${take.id} was sent, and is not in its log`);
  if (event !== undefined && (event.log !== take.conversation || event.person !== owner?.person || event.parsed.device !== owner.id)) trace.violation(`${take.id} is in the wrong place`);
}

/** What a device sent after it was told that the one before is on its way comes after that. */
function checkOrder({ trace, ledger }: World, { byId }: Holding): void {
  const sent = [...ledger.takes.values()].flatMap((take) => (take.sent !== null && byId.has(take.id) ? [{ take, seq: byId.get(take.id)?.seq ?? 0 }] : []));
  const lanes = Map.groupBy(sent, ({ take }) => `${take.device} ${take.conversation}`);
  for (const lane of lanes.values()) {
    for (const one of lane) {
      for (const other of lane) {
        if ((one.take.sent ?? 0) < (other.take.sendBegan ?? 0) && one.seq > other.seq) trace.violation(`${one.take.id} was sent before ${other.take.id}, and is ${one.seq}, behind ${other.seq}`);
      }
    }
  }
}
