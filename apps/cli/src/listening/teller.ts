import type { Happening, Message } from '@earshot/client/earshot.ts';
import type { Id } from '@earshot/base/ids.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import type { Random } from '@earshot/base/random.ts';
import { nameOf } from '../commands/list.ts';
import { writeBeside } from '../files/write-file.node.ts';
import { messageFileName, spokenLength } from '@earshot/client/saving/file-name.ts';
import type { Output } from '../output/output.ts';
import type { Session } from '../profile/session.node.ts';
import type { Told } from './told.node.ts';

/** How a listener tells: one line for each thing that happens, in the order in which it became true on this device. */
export class Teller {
  readonly #session: Session;
  readonly #output: Output;
  readonly #told: Told;
  readonly #folder: string | null;
  readonly #random: Random;
  #connection = '';
  /** Receipts and removals that were told of, or that were there when listening began. */
  readonly #said = new Set<string>();
  readonly #before = new Set<string>();

  constructor(input: { session: Session; output: Output; told: Told; folder: string | null; random: Random }) {
    this.#session = input.session;
    this.#output = input.output;
    this.#told = input.told;
    this.#folder = input.folder;
    this.#random = input.random;
  }

  /** What came while nobody listened: messages of others that were not told of, oldest first. */
  async tellMissed(): Promise<void> {
    const conversations = await this.#session.earshot.conversations.list();
    const lists = await Promise.all(conversations.map(({ id }) => this.#allMessages(id)));
    const missed = lists.flat().filter((message) => !message.mine && message.here && message.removed === null);
    for (const message of missed.sort((one, other) => one.time - other.time)) await this.#tellMessage(message);
  }

  /** Call it first: what is known by now is no news for `lookAround`. */
  async begin(): Promise<void> {
    for (const news of await this.#recent()) if (news.type !== 'message') this.#before.add(keyOf(news));
  }

  /**
   * Other commands of this profile learn of things as well, and then they happen there and not here; but the disk is the same. Tells of
   * what is newly there, among the latest messages of the latest conversations.
   */
  async lookAround(): Promise<void> {
    for (const news of await this.#recent()) if (!this.#before.has(keyOf(news))) await this.tell(news);
  }

  async #recent(): Promise<News[]> {
    const conversations = (await this.#session.earshot.conversations.list()).slice(0, recentConversations);
    const lists = await Promise.all(conversations.map(({ id }) => this.#session.earshot.messages.list(id, { limit: recentMessages })));
    return lists.flat().flatMap(newsOf);
  }

  async tell(happening: Happening): Promise<void> {
    switch (happening.type) {
      case 'message': {
        const message = await this.#session.earshot.messages.get(happening.message);
        if (message !== null && message.removed === null) await this.#tellMessage(message);
        return;
      }
      case 'delivered':
      case 'heard':
        if (this.#isNews(happening)) await this.#tellReceipt(happening);
        return;
      case 'removed':
        if (this.#isNews(happening)) await this.#tellRemoved(happening);
        return;
      case 'ending':
        this.#output.result({ event: 'ending', message: happening.message, conversation: happening.conversation, time: happening.at }, `expires ${new Date(happening.at).toLocaleString()}  ${happening.message}`);
        return;
      case 'connection':
        this.#tellConnection();
        return;
      case 'refused':
        this.#tellRefused(happening);
        return;
      case 'asked':
        await this.#tellAsked(happening);
        return;
      case 'fault':
        this.#output.result({ event: 'fault', code: happening.code, evidence: happening.evidence }, failures[happening.code].cause);
        return;
      case 'account':
        await this.#checkAccount();
        return;
      case 'people':
      case 'conversations':
      case 'changed':
      case 'progress':
      case 'drafts':
    }
  }

  /** Somebody lost a message that this person may still have. */
  async #tellAsked({ message, conversation, person }: Extract<Happening, { type: 'asked' }>): Promise<void> {
    const open = (await this.#session.earshot.recovery.asked()).some((asked) => asked.message === message && asked.by === person);
    const key = `asked ${message} ${person}`;
    if (!open || this.#said.has(key)) return;
    this.#said.add(key);
    const name = nameOf(person, await this.#session.earshot.conversations.get(conversation));
    this.#output.result({ event: 'asked', message, conversation, person, personName: name }, `${name} lost message ${message} and asks for it: earshot give ${message}`);
  }

  /** A session that is over ends the listener; nothing would come any more. */
  async #checkAccount(): Promise<void> {
    await this.#session.me();
  }

  async #tellMessage(message: Message): Promise<void> {
    if (this.#told.has(message.id)) return;
    const { id, conversation, from, seconds, sha256, time } = message;
    const where = await this.#session.earshot.conversations.get(conversation);
    const fromName = nameOf(from, where);
    const file = this.#folder === null ? undefined : await this.#save(message, fromName, this.#folder);
    this.#output.result(
      { event: 'message', message: id, conversation, from, fromName, mine: message.mine, seconds, sha256, time, file },
      `${new Date(time).toLocaleTimeString()}  ${fromName}  ${spokenLength(seconds)}  ${file ?? id}`,
    );
    await this.#told.add(id);
  }

  async #save(message: Message, from: string, folder: string): Promise<string> {
    const audio = await this.#session.earshot.messages.audio(message.id);
    return await writeBeside(folder, messageFileName({ time: message.time, from, seconds: message.seconds }, 'ogg'), audio, this.#random);
  }

  /** Whether it is the first time. */
  #isNews(news: News): boolean {
    const key = keyOf(news);
    if (this.#said.has(key)) return false;
    this.#said.add(key);
    return true;
  }

  async #tellReceipt({ type, message, conversation, person, at, ...rest }: Extract<Happening, { type: 'delivered' | 'heard' }>): Promise<void> {
    const about = await this.#session.earshot.messages.get(message);
    const name = nameOf(person, await this.#session.earshot.conversations.get(conversation));
    const device = 'device' in rest ? rest.device : undefined;
    this.#output.result(
      { event: type, message, conversation, from: about?.from, person, personName: name, device, time: at },
      `${new Date(at).toLocaleTimeString()}  ${type === 'heard' ? 'heard by' : 'delivered to'} ${name}  ${message}`,
    );
  }

  async #tellRemoved({ message, conversation, person, rule }: Extract<Happening, { type: 'removed' }>): Promise<void> {
    const about = await this.#session.earshot.messages.get(message);
    const name = nameOf(person, await this.#session.earshot.conversations.get(conversation));
    this.#output.result({ event: 'removed', message, conversation, from: about?.from, person, rule, time: about?.removed?.at }, `${rule === 'removed' ? `taken back by ${name}` : rule === 'expired' ? 'expired' : 'let go'}  ${message}`);
  }

  #tellRefused({ conversation, code, evidence }: Extract<Happening, { type: 'refused' }>): void {
    this.#output.result({ event: 'refused', conversation, code, evidence }, `a change of ${conversation} was refused: ${failures[code].cause}`);
  }

  #tellConnection(): void {
    const { state, reason } = this.#session.earshot.connection;
    if (state === this.#connection) return;
    this.#connection = state;
    const why = reason === undefined ? {} : { code: reason.code, evidence: reason.evidence, until: reason.until };
    if (this.#output.json) this.#output.result({ event: 'connection', state, ...why }, '');
    else if (state === 'waiting') this.#output.note(`earshot: waiting for the server [${reason?.code ?? 'network.stalled'}]`);
    else if (reason !== undefined) this.#output.note(`earshot: ${failures[reason.code].cause} [${reason.code}]`);
  }

  async #allMessages(conversation: Id): Promise<Message[]> {
    const all: Message[] = [];
    for (let before: number | undefined; ; ) {
      const page = await this.#session.earshot.messages.list(conversation, { limit: pageSize, ...(before === undefined ? {} : { before }) });
      all.unshift(...page);
      const first = page.find(({ seq }) => seq !== null)?.seq ?? null;
      if (page.length < pageSize || first === null || first === before) return all;
      before = first;
    }
  }
}

const pageSize = 200;
const recentConversations = 20;
const recentMessages = 30;

type News = Extract<Happening, { type: 'message' | 'delivered' | 'heard' | 'removed' }>;

function keyOf(news: News): string {
  const device = news.type === 'delivered' ? news.device : '';
  const person = 'person' in news && news.type !== 'removed' ? news.person : '';
  return [news.type, news.message, person, device].join(' ');
}

/** What happened to a message, as it would have been announced. */
function newsOf({ id: message, conversation, from, mine, here, removed, deliveredTo, heardBy }: Message): News[] {
  if (removed !== null) return [{ type: 'removed', conversation, message, person: removed.by, rule: removed.rule }];
  if (!mine) return here ? [{ type: 'message', conversation, message, from }] : [];
  return [
    ...deliveredTo.map(({ person, device, at }): News => ({ type: 'delivered', conversation, message, person, device, at })),
    ...heardBy.map(({ person, at }): News => ({ type: 'heard', conversation, message, person, at })),
  ];
}
