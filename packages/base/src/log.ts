/** Logging as a port. Fields are facts: codes, counts, ids. No secret, no name, no body ever goes in. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export const silentLog: Log = { info: () => undefined, warn: () => undefined };
