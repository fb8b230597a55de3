import type { Id } from '@earshot/base/ids.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SessionRow } from '../account/session.ts';
import { expiryInForce } from '../keeping/expiry.ts';
import { contentOf } from '../replica/content.ts';
import type { EventRow } from '../replica/row.ts';
import { listShown } from '../replica/shown.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { openMessage } from '../sync/fetch-message.ts';
import type { BroughtBack, Choice, Verdict } from './brought-back.ts';
import { type CopyReader, DRAFTS, isDraft, readSealed, type UnsentLine, unsentLines } from './copy-format.ts';
import { isThere, layInOutbox } from './lay-aside.ts';
import { notedAs, noteLost } from './note-lost.ts';

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

  async run(): Promise<Pick<BroughtBack, 'unsent' | 'damaged' | 'noted'> & Record<Exclude<Verdict, 'restore'>, number>> {
    const { message, conversation, lostToNotes } = this.#choice;
    const counts = { here: 0, removed: 0, silent: 0, unknown: 0 };
    const [unsent, damaged, noted]: [BroughtBack['unsent'][number][], Id[], Id[]] = [[], [], []];
    for (const line of await unsentLines(this.#reader)) {
      const { take, conversation: log } = line.body;
      if ((message !== undefined && message !== take) || (conversation !== undefined && conversation !== log)) continue;
      const verdict = await this.#judge(line);
      if (verdict !== 'restore' && (verdict !== 'unknown' || lostToNotes !== true)) {
        counts[verdict] += 1;
        continue;
      }
      const sealed = await this.#find(line);
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

  /** Its sound; null where that is not what was said. */
  async #find({ blobs, sound, body: { message } }: UnsentLine): Promise<readonly Uint8Array<ArrayBuffer>[] | null> {
    try {
      const sealed = await readSealed(this.#reader, DRAFTS.sound, sound ?? 0, blobs);
      await openMessage(contentOf(message), sealed);
      return sealed;
    } catch (error) {
      if (error instanceof Failure && (error.code === 'blob.damaged' || error.code === 'backup.damaged' || error.code === 'backup.missing')) return null;
      throw error;
    }
  }

  async #lay(line: UnsentLine, sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const { blobs, body: { take, conversation, made, message } } = line;
    const expiry = isDraft(line) ? await expiryInForce(this.#store, conversation) : null;
    await transact(this.#store, async (transaction) => {
      if (await isThere(transaction, take)) return;
      transaction.drop(keys.givenUp(take));
      await layInOutbox(transaction, this.#who, { id: take, conversation, made, message, expiry, blobs, sealed }, 'set-aside');
    });
  }

  /** The conversation for which it was said is not there any more. */
  async #note({ blobs, body: { take, made, message } }: UnsentLine, sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<boolean> {
    return await noteLost(this.#store, this.#who, { id: take, person: this.#who.person, at: made, content: contentOf(message), blobs }, sealed);
  }
}
