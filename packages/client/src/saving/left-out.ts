import { Failure } from '@earshot/protocol/failures.ts';
import type { Message } from '../earshot.ts';

/** About who is signed in here, and so about every message. */
const ABOUT_ALL = /^(?:session\.|account\.|device\.locked$)/;

/** Of many that are saved, those whose sound cannot be had now: each is left out with its reason, and keeps none of the others from being saved. */
export class LeftOut {
  readonly all: { readonly message: Message; readonly failure: Failure }[] = [];
  /** Once the server cannot be reached it is not waited for again with each message. */
  #away: Failure | null = null;

  /** What `sound` resolves with; null where the message is left out. Rejects with what is in the way of all of them. */
  async unless<Sound>(message: Message, sound: () => Promise<Sound>): Promise<Sound | null> {
    try {
      if (this.#away !== null && !message.here) throw this.#away;
      return await sound();
    } catch (failure) {
      if (!(failure instanceof Failure) || ABOUT_ALL.test(failure.code)) throw failure;
      if (failure.code.startsWith('network.')) this.#away = failure;
      this.all.push({ message, failure });
      return null;
    }
  }
}
