import type { Id } from '@earshot/base/ids.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { isHers } from '../account/hers.ts';
import type { SessionRow } from '../account/session.ts';
import { expiryInForce } from '../keeping/expiry.ts';
import { contentOf } from '../replica/content.ts';
import type { EventRow } from '../replica/row.ts';
import { listShown } from '../replica/shown.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { BroughtBack, Choice, Verdict } from './brought-back.ts';
import { type CopyReader, DRAFTS, isDraft, type UnsentLine } from './copy-format.ts';
import { isThere, layInOutbox } from './lay-aside.ts';
import { notedAs, noteLost } from './note-lost.ts';
import { soundOf } from './sound-of.ts';

/**
 * Brings back what was said and not sent when a copy was made: into the outbox, set aside, so that nothing leaves that its person may have thought
 * better of. What is here in any form, was sent since, or was given up, is left as it is.
 */
export class BringingUnsent {
  readonly #store: Store;
  readonly #reader: CopyReader;
  readonly #choice: Choice;
  readonly #who: SessionRow;

  constructor(store: Store, reader: CopyReader, choice: Choice, who: SessionRow) {
    this.#store = store;
    this.#reader = reader;
    this.#choice = choice;
    this.#who = who;
  }

  async run(lines: readonly UnsentLine[]): Promise<Pick<BroughtBack, 'unsent' | 'damaged' | 'noted'> & Record<Exclude<Verdict, 'restore'>, number>> {
    const { message, conversation, lostToNotes } = this.#choice;
    const counts = { here: 0, removed: 0, silent: 0, unknown: 0 };
    const [unsent, damaged, noted]: [BroughtBack['unsent'][number][], Id[], Id[]] = [[], [], []];
    for (const line of lines) {
      const { take, conversation: log } = line.body;
      if ((message !== undefined && message !== take) || (conversation !== undefined && conversation !== log)) continue;
      const verdict = await this.#judge(line);
      if (verdict !== 'restore' && (verdict !== 'unknown' || lostToNotes !== true)) {
        counts[verdict] += 1;
        continue;
      }
      const sealed = await soundOf(this.#reader, DRAFTS.sound, line, contentOf(line.body.message));
      if (sealed === null) damaged.push(take);
      else if (verdict === 'restore') {
        await this.#lay(line, sealed);
        unsent.push({ log, message: take });
      } else if (await this.#note(line, sealed)) noted.push(take);
      else counts.here += 1;
    }
    return { unsent, damaged, noted, ...counts };
  }

  async #judge({ id, body: { take, conversation }, sound }: UnsentLine): Promise<Verdict> {
    if ((await isThere(this.#store, take)) || (await listShown(this.#store, take)).length > 0) return 'here';
    if (this.#choice.removed?.includes(take) !== true && (await this.#givenUp(take, id))) return 'removed';
    if (sound === null) return 'silent';
    if ((await this.#store.get(keys.log(conversation))) === undefined) return await notedAs(this.#store, this.#who.person, take, this.#choice);
    return 'restore';
  }

  /** On this device; or on another, which took back what showed it to the others. */
  async #givenUp(take: Id, event: Id): Promise<boolean> {
    if ((await this.#store.get(keys.givenUp(take))) !== undefined) return true;
    const { person } = this.#who;
    const own = await this.#store.list(below(`r/event/${await directLogId(person, person)}`));
    return own.some(([, value]) => (value as EventRow).envelope.class === 'remove' && (value as EventRow).envelope.refers.includes(event));
  }

  async #lay(line: UnsentLine, sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const { blobs, body: { take, conversation, made, message } } = line;
    const draft = isDraft(line) ? { draft: line.id, expiry: await expiryInForce(this.#store, conversation) } : { expiry: null };
    await transact(this.#store, async (transaction) => {
      if (!(await isHers(transaction, this.#who.person))) throw new Failure('session.missing');
      if (await isThere(transaction, take)) return;
      transaction.drop(keys.givenUp(take));
      await layInOutbox(transaction, this.#who, { id: take, conversation, made, message, ...draft, blobs, sealed }, 'set-aside');
    });
  }

  /** The conversation for which it was said is not there any more. */
  async #note({ blobs, body: { take, made, message } }: UnsentLine, sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<boolean> {
    return await noteLost(this.#store, this.#who, { id: take, person: this.#who.person, at: made, content: contentOf(message), blobs }, sealed);
  }
}
