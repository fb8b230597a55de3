import type { Message } from './earshot.ts';

/** Web push: having this device woken while no program of it runs. The subscription itself is the browser's. */
export interface WakingFace {
  /** What a subscription has to be made for; null when the operator has push turned off. */
  key(): Promise<string | null>;
  /** Has the server wake this device, except for muted conversations. Idempotent; rejects with `server.push-off`. */
  subscribe(address: { endpoint: string; p256dh: string; auth: string; serverKey: string }): Promise<void>;
  /** Whether it was subscribed, and not unsubscribed since: in whichever page of this device. */
  isOn(): Promise<boolean>;
  /** Tells the server when other conversations are muted than it knows. Does nothing while this device is not woken. */
  renew(): Promise<void>;
  unsubscribe(): Promise<void>;
  /** Messages of others that were not heard, in conversations that are not muted: each is given once on this device, whoever asks. */
  news(): Promise<Message[]>;
}
