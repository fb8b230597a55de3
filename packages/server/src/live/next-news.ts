import { closeCodes } from '@earshot/protocol/live.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';
import type { Hub } from './hub.ts';

export interface NextNews {
  /** Resolves with the first thing that an open connection would be told, and after `wait`. Rejects with why the session is over when it ends. */
  readonly heard: Promise<void>;
  /** All that was told by now. */
  readonly frames: readonly string[];
  stop(): void;
}

/**
 * An open connection for one frame, for devices whose way lets none through: to the hub it is a connection like others, so that the same
 * limits and ends hold. What comes between two of them is found by the device's cursors.
 */
export function nextNews(ports: Ports, hub: Hub, session: Session, wait: number): NextNews {
  const over = new AbortController();
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  const frames: string[] = [];
  // Whoever finds something at once does not look at this.
  heard.catch(() => undefined);
  const remove = hub.add({
    ...session,
    send: (frame) => {
      frames.push(frame);
      resolve();
    },
    // What is told behind the end comes too late.
    close: (code) => resolve(code === closeCodes.sessionEnded ? sessionOver(ports, session).then((why) => Promise.reject(why)) : undefined),
  });
  const stop = (): void => {
    remove();
    over.abort();
  };
  void ports.clock.sleep(wait, over.signal).then(() => resolve());
  return { heard, frames, stop };
}
