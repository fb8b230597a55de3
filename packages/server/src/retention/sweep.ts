import type { Ports } from '../ports.ts';
import type { ChangedEvent } from '../store/keeping-store.ts';

const AT_ONCE = 200;

/** Collects what has had its time, by the server's clock. Cheap when there is nothing; safe to run anywhere, any time, twice. */
export async function sweep(ports: Ports): Promise<void> {
  const { store, limits, clock, retention } = ports;
  const now = clock.now();
  await store.credentials.sweepChallenges(now);
  await store.tries.sweep(now);
  await store.links.sweep(now);
  await store.status.sweep(now - limits.incidentLife, limits.incidentsKept);
  const idle = await store.devices.endIdle(now - limits.sessionIdle, now);
  for (const { person, device } of idle) ports.fanout.publish([person], { kind: 'ended', device });

  let ended: readonly string[];
  do {
    ended = await store.uploads.sweep(now - limits.uploadIdle, AT_ONCE);
  } while (ended.length > 0);
  for (let more = true; more; ) {
    const swept = await store.keeping.sweep(now, now - retention.rest, AT_ONCE);
    tellChanged(ports, swept.changed);
    ({ more } = swept);
  }
  await removeBytes(ports);
  await ports.blobs.tidy();
}

/** Devices that are there learn at once that there is only a notice now; the others find it when they ask. */
export function tellChanged({ fanout }: Pick<Ports, 'fanout'>, changed: readonly ChangedEvent[]): void {
  for (const { log, seq, readers } of changed) fanout.publish(readers, { kind: 'event', log, seq, changed: true });
}

/** The store forgets first, the bytes go after: a crash in between leaves bytes that the next sweep finds. */
async function removeBytes({ store, blobs }: Ports): Promise<void> {
  for (;;) {
    const gone = await store.uploads.unremoved(AT_ONCE);
    if (gone.length === 0) return;
    for (const blob of gone) await blobs.remove(blob);
    await store.uploads.removed(gone);
  }
}

/**
 * At the start, before anybody uploads: bytes of which the store never heard, because the process ended between writing and
 * committing, and bytes of ended blobs whose removal a power cut undid. Only those: whatever counts in the store stays.
 */
export async function removeLeftovers({ store, blobs, log }: Ports): Promise<void> {
  let count = 0;
  for await (const group of blobs.list()) {
    for (const blob of await store.uploads.unwanted(group)) {
      await blobs.remove(blob);
      count += 1;
    }
  }
  if (count > 0) log.info('leftovers removed', { count });
}
