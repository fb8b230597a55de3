import type { Writable } from 'node:stream';
import type { Clock } from '@earshot/base/clock.ts';
import type { Log, LogFields } from '@earshot/base/log.ts';

/** The server's log: one line each, on standard error, where service managers pick it up. */
export function logTo(stream: Writable, clock: Pick<Clock, 'now'>): Log {
  const write = (level: string, event: string, fields: LogFields = {}): void => {
    const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    stream.write(`${new Date(clock.now()).toISOString()} ${level} ${event}${facts.join('')}\n`);
  };
  return { info: (event, fields) => write('info', event, fields), warn: (event, fields) => write('warn', event, fields) };
}
