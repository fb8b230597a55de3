import type { Holding } from './check.ts';
import type { Ledger } from './ledger.ts';

/** What was said on is what was said first: it names the same bytes. The ledger learns of it from the log, since whoever says it on may be killed before hearing its id. */
export function adoptForwards(ledger: Ledger, { byId, events }: Holding, deviceOf: (id: string) => string): void {
  for (const { person, log, parsed } of events) {
    if (parsed.class !== 'message' || ledger.takes.has(parsed.id)) continue;
    const intended = [...ledger.forwards].find((forward) => {
      const [by, to, message = ''] = forward.split(' ');
      return by === person && to === log && byId.get(message)?.parsed.blobs[0]?.id === parsed.blobs[0]?.id;
    });
    const said = [...ledger.takes.values()].find(({ id }) => byId.get(id)?.parsed.blobs[0]?.id === parsed.blobs[0]?.id);
    if (intended === undefined || said === undefined) continue;
    ledger.takes.set(parsed.id, { ...said, id: parsed.id, device: deviceOf(parsed.device), person, conversation: log, sending: true, sent: null, sendBegan: null, cancelling: true, cancelled: false, removed: false, driver: null });
  }
}
