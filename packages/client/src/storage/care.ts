import { Recovery, type RecoveryPorts } from '../recovery/recovery.ts';
import { Healing, type HealingPorts } from './healing.ts';
import { Storage, type StoragePorts } from './storage.ts';

export type CarePorts = HealingPorts & StoragePorts & RecoveryPorts;

export interface Care {
  readonly storage: Storage;
  readonly healing: Healing;
  readonly recovery: Recovery;
}

/** Those that look after what is kept: one piece of script, fetched when the first of them is needed. */
export function care(ports: CarePorts): Care {
  return { storage: new Storage(ports), healing: new Healing(ports), recovery: new Recovery(ports) };
}
