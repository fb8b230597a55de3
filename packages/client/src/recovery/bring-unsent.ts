import type { Id } from '@earshot/base/ids.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SessionRow } from '../account/session.ts';
import { contentOf } from '../replica/content.ts';
import type { EventRow } from '../replica/row.ts';
import { listShown } from '../replica/shown.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { openMessage } from '../sync/fetch-message.ts';
import type { BroughtBack, Choice } from './bring-back.ts';
import { type CopyReader, DRAFTS, parseLines, readSealed, unsentLine, type UnsentLine } from './copy-format.ts';
import { isThere, layInOutbox } from './lay-aside.ts';

type Verdict = 'restore' | 'here' | 'removed' | 'silent' | 'unknown';

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

  async run(): Promise<Pick<BroughtBack, 'unsent' | 'damaged'> & Record<Exclude<Verdict, 'restore'>, number>> {
    const { message, conversation } = this.#choice;
    const counts = { here: 0, removed: 0, silent: 0, unknown: 0 };
    const [unsent, damaged]: [BroughtBack['unsent'][number][], Id[]] = [[], []];
    for (const line of await this.#lines()) {
      const { take, conversation: log } = line.body;
      if ((message !== undefined && message !== take) || (conversation !== undefined && conversation !== log)) continue;
      const verdict = await this.#judge(line);
      if (verdict !== 'restore') counts[verdict] += 1;
      else if (await this.#lay(line)) unsent.push({ log, message: take });
      else damaged.push(take);
    }
    return { unsent, damaged, ...counts };
  }

  /** Of each take as the copy has it last. */
  async #lines(): Promise<readonly UnsentLine[]> {
    if (!(await this.#reader.paths()).includes(DRAFTS.lines)) return [];
    const lines = parseLines(unsentLine, await this.#reader.read(DRAFTS.lines), DRAFTS.lines);
    return [...new Map(lines.map((line) => [line.body.take, line])).values()];
  }

  async #judge({ id, body: { take, conversation }, sound }: UnsentLine): Promise<Verdict> {
    if ((await isThere(this.#store, take)) || (await listShown(this.#store, take)).length > 0) return 'here';
    if (this.#choice.removed?.includes(take) !== true && (await this.#givenUp(take, id))) return 'removed';
    if ((await this.#store.get(keys.log(conversation))) === undefined) return 'unknown';
    return sound === null ? 'silent' : 'restore';
  }

  /** On this device; or on another, which took back what showed it to the others. */
  async #givenUp(take: Id, event: Id): Promise<boolean> {
    if ((await this.#store.get(keys.givenUp(take))) !== undefined) return true;
    const { person } = this.#who;
    const own = await this.#store.list(below(`r/event/${await directLogId(person, person)}`));
    return own.some(([, value]) => (value as EventRow).envelope.class === 'remove' && (value as EventRow).envelope.refers.includes(event));
  }

  async #lay(line: UnsentLine): Promise<boolean> {
    const { blobs, sound, body: { take, conversation, made, message } } = line;
    try {
      const sealed = await readSealed(this.#reader, DRAFTS.sound, sound ?? 0, blobs);
      await openMessage(contentOf(message), sealed);
      await transact(this.#store, async (transaction) => {
        if (await isThere(transaction, take)) return;
        transaction.drop(keys.givenUp(take));
        await layInOutbox(transaction, this.#who, { id: take, conversation, made, message, blobs, sealed }, 'set-aside');
      });
      return true;
    } catch (error) {
      if (error instanceof Failure && (error.code === 'blob.damaged' || error.code === 'backup.damaged' || error.code === 'backup.missing')) return false;
      throw error;
    }
  }
}
