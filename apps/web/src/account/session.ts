import { signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { ConnectionState, Earshot } from '@earshot/client/earshot.ts';
import type { Notices } from '../shell/notices.ts';
import { refresher } from '../shell/refresh.ts';

export interface Who {
  readonly person: Id;
  readonly handle: string;
  readonly name: string;
  readonly device: Id;
}

/** Who is signed in on this device: undefined until the replica was read, null when nobody is. */
export interface Session {
  readonly who: ReadonlySignal<Who | null | undefined>;
  readonly connection: ReadonlySignal<ConnectionState>;
  refresh(): void;
}

export function createSession(earshot: Earshot, notices: Notices): Session {
  const who = signal<Who | null | undefined>(undefined);
  const connection = signal<ConnectionState>(earshot.connection);
  const refresh = refresher(async () => {
    who.value = await earshot.account.current();
  }, notices.failed);
  earshot.on((happening) => {
    if (happening.type === 'account') refresh();
    if (happening.type === 'connection' || happening.type === 'account') connection.value = earshot.connection;
  });
  refresh();
  return { who, connection, refresh };
}
