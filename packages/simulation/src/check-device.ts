import type { LogInfo } from '@earshot/protocol/people.ts';
import type { Message } from '@earshot/client/earshot.ts';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import type { MessageRow } from '@earshot/client/replica/row.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import type { Device, Tab } from './device.ts';
import type { Holding, Logged } from './check.ts';
import type { Fates } from './check-fates.ts';
import type { World } from './world.ts';

/** What one device shows after it was started anew without a network: every message of its person's logs once, whole, in order. */
export async function checkDevice(world: World, holding: Holding, fates: Fates, device: Device): Promise<void> {
  device.kill();
  device.ports.link.become('down');
  const tab = await device.open();
  for (const log of await world.server.disk.store.logs.of(device.person)) {
    const self = log.members.find(({ person }) => person === device.person);
    const joined = self?.joined ?? 1;
    const readable = holding.events.filter((event) => event.log === log.id && event.seq >= joined && event.seq <= log.head);
    checkEvents(world, device, log, readable);
    await checkMessages(world, fates, tab, log, readable.filter(({ parsed }) => parsed.class === 'message'));
  }
  checkLeftovers(world, fates, device);
}

function checkEvents({ trace }: World, { name, disk }: Device, log: LogInfo, readable: readonly Logged[]): void {
  for (const event of readable) {
    const own = disk.get(keys.event(log.id, event.seq)) as { readonly envelope: { readonly id: string } } | undefined;
    if (own?.envelope.id !== event.parsed.id) trace.violation(`${name}: at ${log.id} ${event.seq} is ${own?.envelope.id} instead of ${event.parsed.id}`);
  }
  const beyond = disk.select({ from: keys.event(log.id, log.head + 1), to: `r/event/${log.id}0` });
  if (beyond.length > 0) trace.violation(`${name}: has ${beyond.length} events that log ${log.id} has not`);
}

async function checkMessages(world: World, fates: Fates, tab: Tab, log: LogInfo, readable: readonly Logged[]): Promise<void> {
  const { trace } = world;
  const { name } = tab.device;
  const first = readable[0]?.seq ?? Infinity;
  const shown = (await tab.earshot.messages.list(log.id, { limit: 1e6 })).filter(({ seq }) => seq !== null && seq >= first);
  const [is, shall] = [shown.map(({ id, seq }) => `${seq} ${id}`), readable.map(({ parsed, seq }) => `${seq} ${parsed.id}`)];
  if (is.join() !== shall.join()) trace.violation(`${name}: log ${log.id} shows ${is.join()} instead of ${shall.join()}`);
  for (const message of shown) {
    if (!readable.some(({ parsed }) => parsed.id === message.id)) continue;
    await fates.check(tab, message);
    if (!world.ledger.left.has(`${tab.device.person} ${log.id}`)) checkReceipts(world, tab, log, message);
  }
}

/** Receipts say no more than the truth, and all of it. */
function checkReceipts({ trace, ledger }: World, { device }: Tab, log: LogInfo, message: Message): void {
  if (message.removed !== null) return;
  const twice = message.heardBy.length - new Set(message.heardBy.map(({ person }) => person)).size;
  if (twice > 0) trace.violation(`${device.name}: ${message.id} was heard twice by somebody`);
  for (const { person } of message.heardBy) if (!ledger.hearing.has(`${person} ${message.id}`)) trace.violation(`${device.name}: ${message.id} was never heard by ${person}`);
  for (const { person, joined, left } of log.members) {
    const confirmed = ledger.heard.has(`${person} ${message.id}`) && left === null && joined <= (message.seq ?? 0) && !ledger.left.has(`${person} ${log.id}`);
    if (confirmed && person !== message.from && !message.heardBy.some((one) => one.person === person)) trace.violation(`${device.name}: does not know that ${person} heard ${message.id}`);
    if (!message.mine || left !== null || joined > (message.seq ?? 0) || person === device.person) continue;
    if (!message.deliveredTo.some((one) => one.person === person)) trace.violation(`${device.name}: does not know that ${person} has ${message.id}`);
  }
}

/** Bytes belong to a message that is here, or to something on its way; nothing else is left behind. */
function checkLeftovers({ trace, ledger }: World, fates: Fates, { name, person, disk }: Device): void {
  const rows = disk.below('o/row').map(([, value]) => value as OutboxRow);
  for (const { id, state, event } of rows) {
    const take = ledger.takes.get(id);
    if (take?.cancelled === true) trace.violation(`${name}: ${id} was cancelled, and its row is ${state.at}`);
    const left = event !== null && ledger.left.has(`${person} ${event.envelope.log}`);
    // What ended while it was on its way to somewhere else got no further.
    const source = event?.body.kind === 'message' ? event.body.source : null;
    const ended = source?.from === 'forward' && fates.overFor(person, source.message);
    if (state.at === 'set-aside' && !left && !ended) trace.violation(`${name}: ${event?.body.kind} ${id} is set aside: ${state.code} ${JSON.stringify(state.evidence)}`);
  }
  const named = new Set([
    ...rows.flatMap(({ parts }) => parts.map(({ blob }) => blob)),
    ...disk.below('r/message').flatMap(([, value]) => ((value as MessageRow).content !== null ? (value as MessageRow).blobs.map(({ id }) => id) : [])),
  ]);
  const loose = new Set(disk.below('b').map(([key]) => key.split('/')[1] ?? '').filter((blob) => !named.has(blob)));
  for (const blob of loose) trace.violation(`${name}: bytes of blob ${blob} are left behind`);
}
