import type { LogRow } from '@earshot/client/replica/row.ts';
import type { CursorRow } from '@earshot/client/replica/row.ts';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import type { Cursor } from '@earshot/protocol/logs.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { Device } from './device.ts';
import type { Ledger } from './ledger.ts';
import type { ServerHost } from './server-host.ts';

/** What is still on its way; when nothing goes wrong any more, all of it comes to rest. */
export async function unsettled(server: ServerHost, devices: readonly Device[], ledger: Ledger): Promise<string[]> {
  const open: string[] = [];
  for (const device of devices) {
    const logs = await server.disk.store.logs.of(device.person);
    open.push(...outboxOf(device, ledger), ...(await replicaOf(server, device, logs)));
    for (const log of logs) open.push(...(await receiptsOf(server, devices, device, log)));
  }
  return open;
}

function outboxOf(device: Device, ledger: Ledger): string[] {
  return device.disk.below('o/row').flatMap(([, value]) => {
    const row = value as OutboxRow;
    const draft = row.state.at === 'growing' && ledger.takes.get(row.id)?.fate === 'draft';
    return draft || row.state.at === 'set-aside' ? [] : [`${device.name}: ${row.event?.body.kind ?? 'take'} ${row.id} is ${row.state.at}`];
  });
}

async function replicaOf(server: ServerHost, device: Device, logs: readonly LogInfo[]): Promise<string[]> {
  const open = device.disk.below('r/fetch').map(([key]) => `${device.name}: misses the bytes of ${key}`);
  for (const { id, head, members } of logs) {
    const row = device.disk.get(keys.log(id)) as LogRow | undefined;
    if (row?.applied !== head) open.push(`${device.name}: has log ${id} up to ${row?.applied} of ${head}`);
    const said = (await server.disk.store.logs.cursors(device.person, id))?.find((cursor: Cursor) => cursor.device === device.id);
    const self = members.find(({ person }) => person === device.person);
    if (self?.left === null && head >= self.joined && said?.delivered !== head) open.push(`${device.name}: said to hold log ${id} up to ${said?.delivered} of ${head}`);
  }
  for (const [, value] of device.disk.below('r/log')) {
    const row = value as LogRow;
    if (row.pending) open.push(`${device.name}: log ${row.id} is not on the server`);
  }
  return open;
}

/**
 * Whether the device knows of every other member that somebody's device there has her person's last message. Of whom one device is
 * known to have it, others are not asked about: what they say while this one is away is learnt with the next message.
 */
async function receiptsOf(server: ServerHost, devices: readonly Device[], device: Device, log: LogInfo): Promise<string[]> {
  const row = device.disk.get(keys.log(log.id)) as LogRow | undefined;
  const self = log.members.find(({ person }) => person === device.person);
  if (row === undefined || row.mine === 0 || self?.left !== null) return [];
  const cursors = (await server.disk.store.logs.cursors(device.person, log.id)) ?? [];
  return log.members.flatMap(({ person, left, joined }) => {
    if (person === device.person || left !== null || joined > row.mine) return [];
    const theirs = devices.filter((other) => other.person === person).map(({ id }) => id);
    const said = cursors.some((cursor) => theirs.includes(cursor.device) && cursor.delivered >= row.mine);
    const known = theirs.some((id) => ((device.disk.get(keys.cursor(log.id, person, id)) as CursorRow | undefined)?.delivered ?? 0) >= row.mine);
    return said && !known ? [`${device.name}: does not know that ${person} holds log ${log.id} up to ${row.mine}`] : [];
  });
}
