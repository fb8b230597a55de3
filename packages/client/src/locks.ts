/**
 * Who does the work when several pages or processes share one store. A lock ends with its holder, also when that was killed.
 */
export interface Locks {
  /** Runs `work` while holding `name`, after everybody who asked earlier; rejects when `signal` aborts before it began. */
  hold<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}
