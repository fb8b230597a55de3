import { Failure } from '@earshot/protocol/failures.ts';
import type { LettingGoCommand } from '@earshot/protocol/retention.ts';
import type { Ports, Session } from '../ports.ts';
import { tellChanged } from './sweep.ts';

/** This person holds the messages no longer, which a device that cannot read them does not decide for her; what nobody holds is a notice from now on, and its bytes go with the next sweep. */
export async function letGo(ports: Ports, { person, locked }: Session, log: string, { messages, forGood }: LettingGoCommand): Promise<void> {
  if (locked) throw new Failure('device.locked', {});
  const changed = await ports.store.keeping.letGo({ person, log, messages, forGood, at: ports.clock.now() });
  if (!changed) throw new Failure('not-found', {});
  tellChanged(ports, changed);
}
