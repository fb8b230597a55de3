import type { FailureCode } from '@earshot/protocol/failures.ts';
import { Actor } from './actor.ts';
import { diceOf } from './dice.ts';
import type { Plight } from './plight.ts';
import type { Theatre } from './storm.ts';

/** Between two looks at what the device says of its connection. Milliseconds. */
const LOOK = 500;

/** A plight to play, and what comes of it: the codes with which the device explains itself meanwhile. */
export interface Visitation {
  readonly plight: Plight;
  readonly heard: Set<FailureCode>;
}

/** Instead of a storm: everybody speaks, and what a support bundle tells befalls the first device, until the world rests. */
export function befall(theatre: Theatre, { plight, heard }: Visitation): void {
  const { devices, server, seed } = theatre;
  const [device] = devices;
  if (device === undefined) return;
  device.skew.offset = plight.ahead;
  if (plight.distance !== null) device.ports.link.distance = plight.distance;
  device.disk.full = plight.deviceFull;
  server.disk.full = plight.serverFull;
  if (plight.serverDown) server.kill();
  device.ports.link.become(plight.weather);
  devices.forEach((one, at) => one.tabs.forEach((tab) => void new Actor(tab, theatre, diceOf(seed, `plight ${at}`)).live()));
  void listen(theatre, heard);
}

async function listen(theatre: Theatre, heard: Set<FailureCode>): Promise<void> {
  while (!theatre.resting) {
    for (const tab of theatre.devices[0]?.tabs ?? []) {
      const { reason } = tab.earshot.connection;
      if (reason !== undefined) heard.add(reason.code);
    }
    await theatre.time.sleep(LOOK);
  }
}
