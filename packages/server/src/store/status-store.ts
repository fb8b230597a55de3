import type { Id } from '@earshot/base/ids.ts';
import type { Incident } from '@earshot/protocol/status.ts';

/** When a server was last known to live, and whether it ended as it should. */
export interface LastLife {
  /** Milliseconds since 1970. */
  readonly alive: number;
  readonly ended: boolean;
}

/** What a server remembers of its own health. Whenever it was last known to live an hour ago or longer, no session is idle for that time. */
export interface StatusStore {
  /** A server begins. Answers how the one before left; null when there was none. */
  begin(at: number): Promise<LastLife | null>;
  /** The server lives. Resolves after the fsync, so that it proves as well that the database can be written. */
  alive(at: number): Promise<void>;
  /** It ends as it should. */
  end(at: number): Promise<void>;
  /** Keeps an incident; repeated with the same id it changes nothing. */
  open(incident: Incident): Promise<void>;
  /** The incident is over; false when there is none of this id that stands. */
  close(incident: Id, at: number): Promise<boolean>;
  /** All that are kept, the newest first. */
  incidents(): Promise<readonly Incident[]>;
  /** Forgets those that ended before, and beyond `most` the oldest that ended. */
  sweep(before: number, most: number): Promise<void>;
}
