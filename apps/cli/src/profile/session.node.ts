import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { Earshot, ConnectionState } from '@earshot/client/earshot.ts';
import type { Id } from '@earshot/base/ids.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import { fileFailure, writeWhole } from '../files/write-file.node.ts';
import type { Known } from '../names/resolve.ts';
import type { Output } from '../output/output.ts';
import { makeProfileFolder, profileFolder } from './folder.node.ts';
import { readPassphrase } from './passphrase.node.ts';
import { TakeNotes } from './takes.node.ts';

export interface ProfileOptions {
  readonly json?: true;
  readonly profile?: string;
}

/** How long a command waits for the server before it shows what this device has. */
const patience = 10_000;

/** The account of a profile, open for one command. */
export class Session implements AsyncDisposable {
  readonly earshot: Earshot;
  readonly dir: string;
  readonly takes: TakeNotes;

  constructor(earshot: Earshot, dir: string, takes: TakeNotes) {
    this.earshot = earshot;
    this.dir = dir;
    this.takes = takes;
  }

  /** Who is signed in. Throws why a session is over that was here, or `device.profile-empty`. */
  async me(): Promise<{ person: Id; handle: string; name: string; device: Id; locked: boolean }> {
    const me = await this.earshot.account.current();
    if (me !== null) return me;
    const ended = await this.earshot.account.ended();
    throw ended === null ? new Failure('device.profile-empty', { profile: this.dir }) : new Failure(ended);
  }

  async known(): Promise<Known> {
    const [me, people, conversations] = await Promise.all([this.me(), this.earshot.people.list(), this.earshot.conversations.list()]);
    return { me, people, conversations };
  }

  /**
   * Looks something up in what this device knows, and once more in what the server knows when it is not there. Throws what
   * `find` throws, or why the server could not be asked.
   */
  async find<Found>(find: (known: Known) => Found): Promise<Found> {
    try {
      return find(await this.known());
    } catch (error) {
      if (!(error instanceof Failure) || !['person.unknown', 'not-found'].includes(error.code)) throw error;
    }
    await this.caughtUp();
    return find(await this.known());
  }

  /** Resolves when this device has what the server had, but for what a restored one has lost. Throws a network code when that takes too long. */
  async caughtUp(): Promise<void> {
    await this.#soon(this.earshot.caughtUp());
  }

  /**
   * Does something that the outbox carries to the server (a change of a group, a receipt), and waits until it is there: a command
   * that ended earlier would leave it to the next one. Throws why the server refused it, or what stands in its way; it is kept then. What waited before is not
   * what was asked for, and may go on waiting.
   */
  async delivered<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.caughtUp();
    const before = await this.earshot.outgoing.underWay();
    let refused: Failure | undefined;
    const unlisten = this.earshot.on((happening) => {
      if (happening.type === 'refused' && !before.has(happening.event)) refused = new Failure(happening.code, happening.evidence);
    });
    try {
      const result = await work();
      await this.#soon(this.earshot.settled(before));
      if (refused) throw refused;
      await this.caughtUp();
      return result;
    } finally {
      unlisten();
    }
  }

  async #soon(work: Promise<void>): Promise<void> {
    const late = Symbol('late');
    const timer = Promise.withResolvers<typeof late>();
    const timeout = setTimeout(() => timer.resolve(late), patience);
    try {
      if ((await Promise.race([work, timer.promise])) === late) throw notReached(this.earshot.connection);
    } finally {
      clearTimeout(timeout);
    }
  }

  /** For commands that show something: the newest, or, without a server, what is here, with a word about it. */
  async fresh(output: Output): Promise<void> {
    try {
      await this.#soon(this.earshot.synced());
    } catch (error) {
      if (!(error instanceof Failure) || !/^(network|server)\./.test(error.code)) throw error;
      output.note(`earshot: ${failures[error.code].cause} This is what this device knows. [${error.code}]`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.earshot[Symbol.asyncDispose]();
  }
}

/** Why there is no answer, as far as the connection knows. */
export function notReached(connection: ConnectionState): Failure {
  const { reason } = connection;
  return reason === undefined ? new Failure('network.stalled') : new Failure(reason.code, reason.evidence);
}

/** Opens a profile that has an account, and lets it work: what waits in its outbox goes out as well. */
export async function openSession(context: Context, options: ProfileOptions): Promise<Session> {
  const dir = profileFolder(context, options.profile);
  const server = await readServer(dir);
  if (server === null) throw new Failure('device.profile-empty', { profile: dir });
  const session = await open(context, dir, server);
  try {
    await session.me();
    await session.takes.clear(session.earshot.outgoing);
    await session.earshot.start();
    return session;
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens a profile to sign in with. Throws `command.usage` where somebody is signed in already. */
export async function openForSignIn(context: Context, options: ProfileOptions, server: string): Promise<Session> {
  const dir = profileFolder(context, options.profile);
  const before = await readServer(dir);
  if (before !== null && before !== server) throw new Failure('command.usage', { profile: dir, belongsTo: before, hint: 'use another --profile' });
  const session = await open(context, dir, server);
  const me = await session.earshot.account.current();
  if (me === null) {
    await writeServer(context, dir, server);
    return session;
  }
  await session[Symbol.asyncDispose]();
  throw new Failure('command.usage', { profile: dir, signedInAs: me.handle, hint: 'use another --profile, or `earshot logout` first' });
}

async function open(context: Context, dir: string, server: string): Promise<Session> {
  await makeProfileFolder(dir);
  // Only commands that act for a person pay for loading it.
  const { openProfile } = await import('@earshot/client/connect.node.ts');
  return new Session(await openProfile({ dir, server, passphrase: await readPassphrase(context) }), dir, new TakeNotes(dir, context.random));
}

const serverFile = 'server.txt';

/** The address of the server that the profile belongs to; null when there is no account in it. */
export async function readServer(dir: string): Promise<string | null> {
  try {
    return (await readFile(join(dir, serverFile), 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw fileFailure(error, 'file.unreadable', dir);
  }
}

async function writeServer(context: Context, dir: string, server: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${server}\n`);
  await writeWhole(join(dir, serverFile), bytes, { force: true, random: context.random, mode: 0o600 });
}
