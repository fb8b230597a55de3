import type { Id } from '@earshot/base/ids.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { Api } from '../wire/api.ts';

/** An event as the server has it now; null when it has none at this number. */
export async function eventAt(api: Api, log: Id, seq: number, signal: AbortSignal): Promise<LoggedEvent | null> {
  const { events } = await api.call('events', { params: { log }, query: `after=${seq - 1}&limit=1`, signal });
  return events.find((event) => event.seq === seq) ?? null;
}
