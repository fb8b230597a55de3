/** Nobody waits any more for what was put away, or paused, before it sounded. */
export function unlessPutAway(error: unknown): void {
  if (!(error instanceof DOMException) || error.name !== 'AbortError') throw error;
}
