import { toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { silentLog } from '@earshot/base/log.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { type Envelope, groupLogId } from '@earshot/protocol/envelope.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { type Retention, usualRetention } from '@earshot/protocol/retention.ts';
import { MemoryBlobs } from '../blobs/memory.ts';
import { MemoryFanOut } from '../fanout/memory.ts';
import { inviteAsOperator } from '../invitations/invitations.ts';
import { postEvent } from '../logs/post.ts';
import { RecentEvents } from '../logs/recent-events.ts';
import { join } from '../people/people.ts';
import { ScryptPasswords } from '../people/passwords.node.ts';
import type { Ports, Session } from '../ports.ts';
import type { StoredEvent } from '../store/log-store.ts';
import { openSqliteStore } from '../store/sqlite.node.ts';
import { nodeSums } from '../uploads/sums.node.ts';
import { Uploads } from '../uploads/uploads.ts';
import { newDevice, TestChain } from './keys.ts';
import { Rooms } from './rooms.ts';
import { hashOf, newId, noise } from './world.ts';

export interface Said extends Envelope {
  readonly seq: number;
}

/** The rules of a server without a network: people who speak, and a clock that the test turns. */
export class Household {
  now = 1_800_000_000_000;
  readonly ports: Ports;
  readonly #rooms = new Rooms();
  readonly #uploads: Uploads;
  readonly #recent: RecentEvents;

  constructor(retention: Partial<Retention> = {}) {
    this.ports = {
      store: openSqliteStore(':memory:'), blobs: new MemoryBlobs(), fanout: new MemoryFanOut(), sums: nodeSums, passwords: new ScryptPasswords(),
      clock: { now: () => this.now, sleep: () => Promise.resolve() }, random: systemRandom, log: silentLog, limits, retention: { ...usualRetention, ...retention },
    };
    this.#uploads = new Uploads(this.ports);
    this.#recent = new RecentEvents(this.ports);
  }

  async join(handle: string): Promise<Session> {
    const [secret, device] = [newId(), newId()];
    await inviteAsOperator(this.ports, { secretSha256: hashOf(secret) });
    const { command } = await TestChain.begin(newId(), newDevice(device));
    const { person } = await join(this.ports, { invitation: secret, handle, name: handle, device: { id: device, name: 'x' }, chain: command }, 'here');
    return { person, device, locked: false };
  }

  async post(who: Session, log: string, change: Partial<Envelope>): Promise<Said> {
    const plain: Envelope = { version: 1, id: newId(), log, device: who.device, generation: 1, class: 'message', blobs: [], refers: [], expiry: 'never', ...change };
    const envelope = { ...plain, generation: this.#rooms.generationFor(who.person, plain) };
    const grants = this.#rooms.grantsFor(who.person, envelope);
    const { seq } = await postEvent({ ports: this.ports, recent: this.#recent, uploads: this.#uploads }, who, log, { envelope, body: toBase64Url(utf8(envelope.id)), ...(grants && { grants: [...grants] }) });
    this.#rooms.accepted(who.person, envelope);
    return { ...envelope, seq };
  }

  async group(owner: Session, others: readonly Session[]): Promise<string> {
    const id = newId();
    const log = await groupLogId(id);
    await this.post(owner, log, { id, class: 'create', membership: { kind: 'group', add: others.map(({ person }) => person) } });
    return log;
  }

  /** A message with a blob; `heard`: seconds after it was heard until it ends. */
  async say(who: Session, log: string, heard: number | null = null): Promise<Said> {
    const [id, bytes] = [newId(), noise(20)];
    await this.#uploads.create(who.person, id, 20, { chunks: one(bytes), size: 20, checksum: null });
    return await this.post(who, log, { blobs: [{ id, length: 20, sha256: hashOf(bytes) }], expiry: heard === null ? 'never' : { heard } });
  }

  /** How this person reads an event now. */
  async read(who: Session, { log, seq }: Said): Promise<StoredEvent | undefined> {
    return (await this.ports.store.logs.page(who, log, seq - 1, 1, 1e6, this.now))?.events[0];
  }

  /** Ids of all blobs that have bytes. */
  async bytes(): Promise<string[]> {
    const ids: string[] = [];
    for await (const group of this.ports.blobs.list()) ids.push(...group);
    return ids.sort();
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
