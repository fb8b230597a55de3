import type { Id } from '@earshot/base/ids.ts';
import type { SeekBody, SoughtBody } from '@earshot/protocol/bodies.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { Happening } from '../earshot.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import type { JudgedEvent } from './judged.ts';
import type { Ask, AskedRow, MessageRow, PlaceRow, SoughtRow } from './row.ts';

/** `ask` and `answer`: somebody in a conversation looks for the sound of a message. */
export async function applyAsking(transaction: Transaction, me: Id, { event, body }: JudgedEvent, happenings: Happening[]): Promise<void> {
  const { id, class: kind, refers, log } = event.envelope;
  if (body === null) return;
  for (const message of refers) {
    if (kind === 'ask') await note(transaction, message, log, { event: id, own: false, by: event.person, at: event.at, answers: [] });
    const found = body.kind === 'answer' && body.found;
    if (kind === 'answer') await answered(transaction, message, { by: event.person, at: event.at, found }, ({ own }) => !own);
    if (found && (await asksFor(transaction, message, me))) await fetchAgain(transaction, message);
    happenings.push({ type: 'asked', conversation: log, message, person: event.person }, { type: 'changed', conversation: log, message });
  }
}

/** `seek` and `sought`: a device of this person looks for the sound of a message on her others. */
export async function applySeeking(transaction: Transaction, event: LoggedEvent, body: SeekBody | SoughtBody, happenings: Happening[]): Promise<void> {
  const { message } = body;
  const { id, device } = event.envelope;
  const session = await transaction.get<{ device: Id }>(keys.session);
  const here = device === session?.device;
  if (body.kind === 'seek' && here) await note(transaction, message, body.log, { event: id, own: true, by: device, at: event.at, answers: [] });
  if (body.kind === 'seek' && !here) transaction.put(keys.sought(id), { seek: id, at: event.at, message } satisfies SoughtRow);
  if (body.kind === 'sought') {
    const ours = await answered(transaction, message, { by: device, at: event.at, found: body.found }, (ask) => ask.own && ask.event === body.seek);
    if (ours && body.found) await fetchAgain(transaction, message);
  }
  const place = await transaction.get<PlaceRow>(keys.at(message));
  if (place !== undefined) happenings.push({ type: 'asked', conversation: place.log, message, person: event.person }, { type: 'changed', conversation: place.log, message });
}

async function note(transaction: Transaction, message: Id, log: Id, ask: Ask): Promise<void> {
  const known = await transaction.get<AskedRow>(keys.asked(message));
  const asks = (known?.asks ?? []).filter(({ event }) => event !== ask.event);
  transaction.put(keys.asked(message), { message, log, asks: [...asks, ask] } satisfies AskedRow);
}

/** An answer counts for every question of that kind which waited for it. `true` when there was one. */
async function answered(transaction: Transaction, message: Id, answer: Ask['answers'][number], concerns: (ask: Ask) => boolean): Promise<boolean> {
  const row = await transaction.get<AskedRow>(keys.asked(message));
  if (row === undefined || !row.asks.some(concerns)) return false;
  const asks = row.asks.map((ask) => (concerns(ask) ? { ...ask, answers: [...ask.answers.filter(({ by }) => by !== answer.by), answer] } : ask));
  transaction.put(keys.asked(message), { ...row, asks } satisfies AskedRow);
  return true;
}

async function asksFor(transaction: Transaction, message: Id, person: Id): Promise<boolean> {
  const row = await transaction.get<AskedRow>(keys.asked(message));
  return row?.asks.some(({ by, own }) => !own && by === person) === true;
}

/** The server has it again: this device fetches it like anything that came just now. */
async function fetchAgain(transaction: Transaction, message: Id): Promise<void> {
  const place = await transaction.get<PlaceRow>(keys.at(message));
  const row = place && (await transaction.get<MessageRow>(keys.message(place.log, place.seq)));
  if (row === undefined || row.here || row.content === null || row.removed !== null) return;
  transaction.put(keys.message(row.log, row.seq), { ...row, failure: null });
  transaction.drop(keys.trouble(row.log, row.seq));
  transaction.put(keys.fetch(row.log, row.seq), row.id);
}
