import type { LogRow } from '@earshot/client/replica/row.ts';
import type { CursorRow } from '@earshot/client/replica/row.ts';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import type { Cursor } from '@earshot/protocol/logs.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { Device } from './device.ts';
import type { Ledger } from './ledger.ts';
import type { ServerHost } from './server-host.ts';

/** So much later than at the server something may end on a device. Milliseconds. */
export const LATE = 180_000;

/** What is still on its way; when nothing goes wrong any more, all of it comes to rest. What is cheap to see comes first. */
export async function* unsettled(server: ServerHost, devices: readonly Device[], ledger: Ledger): AsyncGenerator<string> {
  for (const device of devices) yield* outboxOf(device, ledger);
  for (const device of devices) yield* keepingOf(server, device);
  for (const device of devices) {
    const logs = await server.disk.store.logs.of(device.person);
    yield* await replicaOf(server, device, logs);
    for (const log of logs) yield* await receiptsOf(server, devices, device, log);
  }
}

function outboxOf(device: Device, ledger: Ledger): string[] {
  return device.disk.below('o/row').flatMap(([, value]) => {
    const row = value as OutboxRow;
    const draft = row.state.at === 'growing' && ledger.takes.get(row.id)?.fate === 'draft';
    return draft || row.state.at === 'set-aside' ? [] : [`${device.name}: ${row.event?.body.kind ?? 'take'} ${row.id} is ${row.state.at}`];
  });
}

/** What this device has to tell the server, and what should have ended on it. */
function keepingOf(server: ServerHost, { name, disk }: Device): string[] {
  const due = disk.below('r/due').filter(([key]) => Number(key.split('/')[2]) <= server.now - LATE);
  return [...disk.below('r/letting').map(([key]) => `${name}: has not told the server of ${key}`), ...due.map(([key]) => `${name}: ${key} is over`)];
}

async function replicaOf(server: ServerHost, device: Device, logs: readonly LogInfo[]): Promise<string[]> {
  const open = device.disk.below('r/fetch').map(([key]) => `${device.name}: misses the bytes of ${key}`);
  for (const { id, head, members } of logs) {
    const row = device.disk.get(keys.log(id)) as LogRow | undefined;
    if (row?.applied !== head) open.push(`${device.name}: has log ${id} up to ${row?.applied} of ${head}`);
    const said = (await server.disk.store.logs.cursors(device.person, id))?.cursors.find((cursor: Cursor) => cursor.device === device.id);
    const self = members.find(({ person }) => person === device.person);
    if (self?.left === null && head >= self.joined && said?.delivered !== head) open.push(`${device.name}: said to hold log ${id} up to ${said?.delivered} of ${head}`);
  }
  for (const [, value] of device.disk.below('r/log')) {
    const row = value as LogRow;
    if (row.pending) open.push(`${device.name}: log ${row.id} is not on the server`);
  }
  return open;
}

/** Whether the device knows of every device of the other members that it has her person's last message. */
async function receiptsOf(server: ServerHost, devices: readonly Device[], device: Device, log: LogInfo): Promise<string[]> {
  const row = device.disk.get(keys.log(log.id)) as LogRow | undefined;
  const self = log.members.find(({ person }) => person === device.person);
  if (row === undefined || row.mine === 0 || self?.left !== null) return [];
  const cursors = (await server.disk.store.logs.cursors(device.person, log.id))?.cursors ?? [];
  return log.members.flatMap(({ person, left, joined }) => {
    if (person === device.person || left !== null || joined > row.mine) return [];
    const theirs = new Set(devices.filter((other) => other.person === person).map(({ id }) => id));
    const said = cursors.filter((cursor) => theirs.has(cursor.device) && cursor.delivered >= row.mine);
    const unknown = said.filter((cursor) => ((device.disk.get(keys.cursor(log.id, person, cursor.device)) as CursorRow | undefined)?.delivered ?? 0) < row.mine);
    return unknown.map((cursor) => `${device.name}: does not know that ${cursor.device} of ${person} holds log ${log.id} up to ${row.mine}`);
  });
}
