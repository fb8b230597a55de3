import type { ChainStore } from './chain-store.ts';
import type { CredentialStore } from './credential-store.ts';
import type { DeviceStore } from './device-store.ts';
import type { InvitationStore } from './invitation-store.ts';
import type { KeepingStore } from './keeping-store.ts';
import type { LinkStore } from './link-store.ts';
import type { LogStore } from './log-store.ts';
import type { PeopleStore } from './people-store.ts';
import type { PrekeyStore } from './prekey-store.ts';
import type { PushStore } from './push-store.ts';
import type { StatusStore } from './status-store.ts';
import type { TryStore } from './try-store.ts';
import type { UploadStore } from './upload-store.ts';

/**
 * Everything the server remembers but the bytes of blobs.
 *
 * Laws
 * 1. Every verb is atomic, and no caller holds a transaction open.
 * 2. A verb that changes something resolves after the change is durable; a verb that rejects has changed nothing.
 * 3. A reader sees what was resolved before it began, and nothing half-done.
 * 4. What the world does wrong is an outcome, a rejection is a fault (or `server.storage` when the disk is full).
 */
export interface Store {
  readonly people: PeopleStore;
  readonly chains: ChainStore;
  readonly prekeys: PrekeyStore;
  readonly links: LinkStore;
  readonly devices: DeviceStore;
  readonly credentials: CredentialStore;
  readonly invitations: InvitationStore;
  readonly logs: LogStore;
  readonly keeping: KeepingStore;
  readonly uploads: UploadStore;
  readonly tries: TryStore;
  readonly push: PushStore;
  readonly status: StatusStore;
  close(): Promise<void>;
}
