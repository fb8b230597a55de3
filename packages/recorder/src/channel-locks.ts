import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { TakeLocks } from './take-lock.browser.ts';

/** Milliseconds that other windows have for an answer. One that is blocked for longer is not heard; the disk's own lock is behind it. */
const PATIENCE = 200;

/** What windows say to one another. `who` is the window that speaks. */
export interface ChannelWord {
  readonly type: 'asks' | 'holds';
  readonly take: Id | null;
  readonly who: string;
}

/** What windows of one origin hear of one another. */
export interface Channel {
  say(word: ChannelWord): void;
  /** Replaces the listener to what others say. */
  listen(listener: (word: ChannelWord) => void): void;
}

/** Locks by asking around, for engines without Web Locks: who holds a take, or asks for it under a smaller name, says so. */
export class ChannelLocks implements TakeLocks {
  readonly way = 'channel';
  readonly #channel: Channel;
  readonly #who: string;
  readonly #held = new Set<Id>();
  readonly #asking = new Set<Id>();
  readonly #heard = new Set<(word: ChannelWord) => void>();

  constructor(channel: Channel, who: string) {
    this.#channel = channel;
    this.#who = who;
    channel.listen((word) => this.#hear(word));
  }

  async lock(take: Id): Promise<() => void> {
    if (this.#held.has(take) || this.#asking.has(take)) throw new Failure('recorder.elsewhere', { take });
    this.#asking.add(take);
    try {
      const holders = await this.#ask(take);
      if (holders.has(take)) throw new Failure('recorder.elsewhere', { take });
      this.#held.add(take);
    } finally {
      this.#asking.delete(take);
    }
    return () => this.#held.delete(take);
  }

  async locked(): Promise<ReadonlySet<Id>> {
    return new Set([...this.#held, ...(await this.#ask(null))]);
  }

  async #ask(take: Id | null): Promise<Set<Id>> {
    const found = new Set<Id>();
    const listen = (word: ChannelWord): void => {
      if (word.type === 'holds' && word.take !== null) found.add(word.take);
    };
    this.#heard.add(listen);
    this.#channel.say({ type: 'asks', take, who: this.#who });
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    this.#heard.delete(listen);
    return found;
  }

  #hear(word: ChannelWord): void {
    for (const listener of this.#heard) listener(word);
    if (word.type !== 'asks') return;
    const rival = word.take !== null && this.#asking.has(word.take) && this.#who < word.who ? [word.take] : [];
    const asked = [...this.#held].filter((take) => word.take === null || word.take === take);
    for (const take of [...asked, ...rival]) this.#channel.say({ type: 'holds', take, who: this.#who });
  }
}
