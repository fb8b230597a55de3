import type { Id } from '@earshot/base/ids.ts';

/** How this person listens, on all her devices: it travels in her own log. */
export interface ListeningFace {
  /** Where she stopped in a message, in seconds; 0 when there is nothing to come back to. */
  keepPlace(message: Id, seconds: number): Promise<void>;
  /** How fast she listens to somebody; 1 unless she chose otherwise. */
  speed(person: Id): Promise<number>;
  /** 0.5 to 3. */
  keepSpeed(person: Id, speed: number): Promise<void>;
}
