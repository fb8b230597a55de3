import type { Id } from '@earshot/base/ids.ts';
import type { Link } from '@earshot/protocol/links.ts';
import type { NewDevice } from './people-store.ts';

export interface NewLink {
  readonly id: Id;
  readonly person: Id;
  readonly device: Id;
  readonly tokenSha256: string | null;
  readonly expires: number;
}

export interface LinkSaying {
  readonly link: Id;
  readonly person: Id;
  readonly device: Id;
  /** How many messages there have to be already. */
  readonly index: number;
  readonly text: string;
}

export interface LinkSignIn {
  readonly link: Id;
  readonly tokenSha256: string;
  /** Becomes the first message. */
  readonly hello: string;
  readonly device: NewDevice;
  readonly devicesAllowed: number;
}

export type LinkSignInOutcome =
  | { readonly kind: 'in'; readonly person: Id; readonly locked: boolean }
  /** There is none such, it is over, or another device used it. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'device-foreign' | 'account.disabled' }
  | { readonly kind: 'devices-full'; readonly seen: number };

/** Links between devices of one person. What is over does not exist; each ends with the session of the device that opened it, and of the one that signed in by it. */
export interface LinkStore {
  /** Idempotent by the id. 'taken': it is somebody else's. 'ended': the session of the device is over. */
  open(link: NewLink, allowed: number, at: number): Promise<Link | 'taken' | 'full' | 'ended'>;
  of(person: Id, at: number): Promise<readonly Link[]>;
  /** Repeated with the same text at the same place it finds what it did. 'behind': something else stands there. */
  say(saying: LinkSaying, at: number): Promise<Link | 'expired' | 'behind'>;
  signIn(command: LinkSignIn, at: number): Promise<LinkSignInOutcome>;
  close(person: Id, link: Id): Promise<void>;
  sweep(at: number): Promise<void>;
}
