import { limits } from '@earshot/protocol/limits.ts';
import { holdingOf } from './check.ts';
import { Fates } from './check-fates.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;
/** As long as a request can be on its way: what arrives once the clock went on would count as new. */
const UNDERWAY = 180_000;

/** After a day nothing stands open on the server; after the trash has had its time it holds what events name, and nothing else. */
export async function checkKeeping(world: World): Promise<void> {
  const { server, trace } = world;
  for (const device of world.devices) device.kill();
  await world.time.run(world.time.now + UNDERWAY);
  server.skew.offset += limits.uploadIdle + HOUR;
  await world.ask('sweeping', () => server.sweep());
  await checkOpen(world);
  server.skew.offset += server.retention.rest + HOUR;
  await world.ask('sweeping', () => server.sweep());
  const holding = await holdingOf(world);
  await new Fates(world, holding).checkServer();
  const named = new Set(holding.events.filter(({ removed }) => removed === null).flatMap(({ parsed }) => parsed.blobs.map(({ id }) => id)));
  for await (const group of server.disk.blobs.list()) {
    for (const blob of group) if (!named.delete(blob)) trace.violation(`server: bytes of blob ${blob} are left behind`);
  }
  for (const blob of named) trace.violation(`server: the bytes of blob ${blob} are gone`);
}

async function checkOpen({ server, devices, acknowledged, trace }: World): Promise<void> {
  for (const person of new Set(devices.map((device) => device.person))) {
    for (const blob of acknowledged.offsets.keys()) {
      const found = await server.disk.store.uploads.find(person, blob);
      if (found !== null && found !== 'gone' && found.state !== 'closed') trace.violation(`server: upload ${blob} is still ${found.state}`);
    }
  }
}
