/**
 * Tells the other pages of the same browser that something changed, as a port. It only hastens: who misses a message reads the
 * same from the store a little later, or asks anew for what is shown and stands nowhere.
 */
export interface Channel {
  post(message: unknown): void;
  /** Calls back for what others posted, never for one's own. */
  listen(listener: (message: unknown) => void): void;
  close(): void;
}
