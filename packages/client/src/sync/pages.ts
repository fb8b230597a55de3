import type { Id } from '@earshot/base/ids.ts';
import type { Answer } from '@earshot/protocol/routes.ts';
import type { SessionRow } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { Happening } from '../earshot.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { Chains } from '../keys/chains.ts';
import { acknowledgedRows, postAgain } from '../outbox/acknowledged.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Aside } from '../replica/aside.ts';
import { askedBehind } from '../replica/lost.ts';
import type { Replica } from '../replica/replica.ts';
import type { Store } from '../store.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';
import type { Receipts } from './receipts.ts';
import { regained, takeAbsent } from './regained.ts';

export interface PagePorts {
  readonly store: Store;
  readonly api: Api;
  readonly chains: Pick<Chains, 'keepUp'>;
  readonly bus: Bus;
  readonly tasks: Tasks;
  readonly replica: Replica;
  readonly aside: Aside;
  readonly time: ServerTime;
  readonly outbox: Pick<Outbox, 'kick'>;
}

type Page = Answer<'sync'>;

/** Brings what this device lacks of its logs into the replica, page by page. */
export class Pages {
  readonly #ports: PagePorts;
  readonly #receipts: Receipts;
  /** Opens what lies aside. */
  readonly #open: (session: SessionRow) => Promise<void>;
  /** Whether the people were asked for since the connection was made: who came while this device was away belongs to no log yet. */
  #acquainted = false;

  constructor(ports: PagePorts, receipts: Receipts, open: (session: SessionRow) => Promise<void>) {
    this.#ports = ports;
    this.#receipts = receipts;
    this.#open = open;
  }

  /** A connection is made anew. */
  connected(): void {
    this.#acquainted = false;
  }

  /** "I have log L up to n; give me the rest." The next page is on its way while this one goes to disk. */
  async pull(session: SessionRow, signal: AbortSignal): Promise<void> {
    const { replica, store, aside, bus, outbox } = this.#ports;
    const acknowledged = await acknowledgedRows(store, session.person);
    const have = askedBehind(await replica.logs());
    const heads = new Map<Id, number>();
    let page: Page | null = await this.news(have, null, signal);
    // What one answer does not hold is more than can be opened at once.
    const { more } = page;
    await takeAbsent(store, session.person, have, page.logs);
    while (page !== null) {
      const asked = new Map(have);
      for (const { log, events } of page.logs) {
        have.set(log.id, Math.max(have.get(log.id) ?? 0, events.at(-1)?.seq ?? 0));
        heads.set(log.id, log.head);
      }
      const next: Promise<Page> | null = page.more && page.logs.some(({ events }) => events.length > 0) ? this.news(have, null, signal) : null;
      // Whether it came to anything is asked once this page is on the disk.
      next?.catch(() => undefined);
      await this.apply(session, page, asked, more);
      page = await next;
    }
    const logs = await replica.logs();
    // The list shows one of each; more of them are opened when it is there.
    if (logs.some((log) => log.aside !== undefined)) this.#announce(await aside.openNewest(session, 1));
    for (const { id, conversation } of await postAgain(store, acknowledged, heads)) {
      bus.announce({ type: 'changed', conversation, message: id });
      outbox.kick(conversation);
    }
    const lacking = logs.filter(({ lost }) => lost !== undefined);
    if (lacking.length === 0) return;
    await this.#open(session);
    if (await regained(this.#ports, lacking, signal)) await this.pull(session, signal);
  }

  news(have: ReadonlyMap<Id, number>, wait: number | null, signal: AbortSignal): Promise<Page> {
    return this.#ports.api.call('sync', { body: { have: Object.fromEntries(have), ...(wait !== null && { wait }) }, signal });
  }

  /** `asked`: up to where each log was here when the page was asked for. `much`: the events are put aside, but for those of one's own log, which say what to make of others. */
  async apply(session: SessionRow, page: Page, asked: ReadonlyMap<Id, number>, much: boolean): Promise<void> {
    const { replica, bus, time } = this.#ports;
    await replica.takeAhead(time.heard(page.now));
    await replica.takeRetention(page.now, page.retention);
    const happenings: Happening[] = [];
    try {
      const changed = await this.#take(session, page, asked, much, happenings);
      const people = (changed || !this.#acquainted) && (await this.people(session));
      if (changed) bus.announce({ type: 'conversations' });
      if (people) bus.announce({ type: 'people' });
    } finally {
      // What is in the store is told, whatever became of the rest.
      this.#announce(happenings);
    }
  }

  /** `true` when it said something new of the logs themselves. */
  async #take(session: SessionRow, { logs }: Page, asked: ReadonlyMap<Id, number>, much: boolean, happenings: Happening[]): Promise<boolean> {
    const { replica, aside, tasks } = this.#ports;
    let changed = false;
    for (const { log, events } of logs) {
      changed = (await replica.takeInfo(session.person, log, asked.get(log.id))) || changed;
      this.#receipts.counted(log.id, log.receipts);
      if (events.length === 0) continue;
      const laid = log.kind !== 'self' && (much || (await replica.log(log.id))?.aside !== undefined);
      const taking = laid ? aside.put(session.person, log.id, events) : replica.takeEvents(session, log.id, events);
      happenings.push(...(await this.#receipts.noted(taking, log.id, events[0])).happenings);
      // What brings no bytes is whole at once; nobody else will say so.
      tasks.run(() => this.#receipts.applied(log.id));
    }
    return changed;
  }

  /** `true` when something about them is new. */
  async people(session: SessionRow): Promise<boolean> {
    const { people } = await this.#ports.api.call('people');
    this.#acquainted = true;
    const changed = await this.#ports.replica.takePeople(session.person, people);
    this.#ports.tasks.run(() => this.#ports.chains.keepUp(people));
    return changed;
  }

  #announce(happenings: readonly Happening[]): void {
    for (const happening of happenings) this.#ports.bus.announce(happening);
  }
}
