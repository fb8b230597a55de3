import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { ConnectionState, Earshot } from '@earshot/client/earshot.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Notices } from '../shell/notices.ts';
import { refresher } from '../shell/refresh.ts';

export interface Who {
  readonly person: Id;
  readonly handle: string;
  readonly name: string;
  readonly device: Id;
  /** This device was not let in yet: it has no keys. */
  readonly locked: boolean;
}

/** Who is signed in on this device: undefined until the replica was read, null when nobody is. */
export interface Session {
  readonly who: ReadonlySignal<Who | null | undefined>;
  /** Why nobody is signed in any more, where the server ended it. */
  readonly ended: ReadonlySignal<FailureCode | null>;
  /** The recovery code, until its person has shown that she keeps it. */
  readonly recovery: ReadonlySignal<string | null>;
  readonly connection: ReadonlySignal<ConnectionState>;
  /** The device on which a passkey signed in without opening anything. */
  readonly keyless: Signal<Id | null>;
  refresh(): void;
}

export function createSession(earshot: Earshot, notices: Notices): Session {
  const who = signal<Who | null | undefined>(undefined);
  const ended = signal<FailureCode | null>(null);
  const recovery = signal<string | null>(null);
  const connection = signal<ConnectionState>(earshot.connection);
  const refresh = refresher(async () => {
    const [current, code] = await shownOf(earshot);
    const why = await earshot.account.ended();
    batch(() => {
      who.value = current;
      ended.value = why;
      recovery.value = code;
    });
  }, notices.failed);
  earshot.on((happening) => {
    if (happening.type === 'account') refresh();
    if (happening.type === 'connection' || happening.type === 'account') connection.value = earshot.connection;
  });
  refresh();
  return { who, ended, recovery, connection, keyless: signal(null), refresh };
}

/** Who is signed in, and her recovery code. Who was revoked between the two questions is there no more. */
async function shownOf({ account }: Earshot): Promise<[Who | null, string | null]> {
  const current = await account.current();
  try {
    return [current, current === null ? null : await account.recoveryCode()];
  } catch (error) {
    if (error instanceof Failure && error.code === 'session.missing') return [null, null];
    throw error;
  }
}
