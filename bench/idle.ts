import { setTimeout as wait } from 'node:timers/promises';
import { ServerProcess } from './server-process.ts';
import type { Row } from './table.ts';
import { WireDevice } from './wire.ts';

const DEVICES = 2_000;
const SETTLE_MS = 3_000;

/** Resident memory that 1,000 connected, silent devices add to the server. */
export async function measureIdle(): Promise<Row[]> {
  await using server = await ServerProcess.start();
  const secrets = await server.invitations(DEVICES);
  const devices: WireDevice[] = [];
  for (const [index, secret] of secrets.entries()) {
    const device = new WireDevice(server.origin);
    await device.join(secret, `idle${index}`);
    device.close(); // joining used a connection of its own
    devices.push(device);
  }
  await wait(SETTLE_MS);
  const before = server.memory();
  const sockets = [];
  for (const device of devices) sockets.push(await device.live(() => undefined));
  await wait(SETTLE_MS);
  const perThousand = ((server.memory() - before) / DEVICES) * 1000;
  for (const socket of sockets) socket.terminate();
  return [{ what: 'memory per 1,000 idle devices', measured: perThousand / 1e6, unit: 'MB', aim: 20, better: 'lower' }];
}
