import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Session } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { MessagesFace } from '../earshot.ts';
import type { KnownBackup, RecoveryFace } from '../earshot-recovery.ts';
import type { Receipts } from '../sync/receipts.ts';
import type { Store } from '../store.ts';
import type { Tasks } from '../tasks.ts';
import { below, keys } from '../stores/keys.ts';
import { BringingBack, type BroughtBack, type Choice } from './bring-back.ts';
import type { CopyReader } from './copy-format.ts';
import { openOwnCopy, type OwnCopy } from './own-copy.ts';

export interface RecoveryPorts {
  readonly store: Store;
  readonly session: Session;
  readonly bus: Bus;
  readonly receipts: Pick<Receipts, 'applied'>;
  readonly tasks: Tasks;
  readonly messages: Pick<MessagesFace, 'audio'>;
}

export class Recovery implements RecoveryFace {
  readonly #ports: RecoveryPorts;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
  }

  async gather(): Promise<number> {
    const { store, messages } = this.#ports;
    const missing = (await store.list(below('r/fetch'))).map(([, value]) => value as Id);
    let left = 0;
    for (const message of missing) {
      try {
        await messages.audio(message);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        left += 1;
      }
    }
    return left;
  }

  async copy(): Promise<OwnCopy> {
    return await openOwnCopy(this.#ports.store, await this.#ports.session.unlocked());
  }

  async bringBack(reader: CopyReader, choice: Choice, progress: (done: number, files: number) => void = () => undefined): Promise<BroughtBack> {
    const { store, bus, session, receipts, tasks } = this.#ports;
    await session.unlocked();
    const back = await new BringingBack(store, reader, choice).run(progress, tasks.signal);
    for (const { log, message } of back.restored) bus.announce({ type: 'changed', conversation: log, message });
    if (back.restored.length > 0) bus.announce({ type: 'conversations' });
    for (const log of new Set(back.restored.map((one) => one.log))) await receipts.applied(log);
    return back;
  }

  async backups(): Promise<KnownBackup[]> {
    return (await this.#ports.store.list(below('r/backup'))).map(([, value]) => value as KnownBackup);
  }

  async remember(backup: KnownBackup): Promise<void> {
    await this.#ports.store.commit([{ put: keys.backup(backup.place), value: backup }]);
  }
}
