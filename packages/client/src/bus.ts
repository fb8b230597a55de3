import type { Channel } from './channel.ts';
import type { Happening } from './earshot.ts';

type Listener = (happening: Happening) => void;

/** Passes on what just became true: to the listeners of this page, and to the other pages of the browser. */
export class Bus {
  readonly #listeners = new Set<Listener>();
  readonly #channel: Channel | null;

  constructor(channel: Channel | null) {
    this.#channel = channel;
    // Pages of one origin run the same program: what comes from them has its shape.
    channel?.listen((message) => this.#tell(message as Happening));
  }

  on(listener: Listener): () => void {
    // A fresh function each time, so that the same listener may be added twice and removed once.
    const own: Listener = (happening) => listener(happening);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  announce(happening: Happening): void {
    this.#tell(happening);
    this.#channel?.post(happening);
  }

  /** Only for this page, e.g. the state of its own connection. */
  announceHere(happening: Happening): void {
    this.#tell(happening);
  }

  #tell(happening: Happening): void {
    for (const listener of this.#listeners) listener(happening);
  }
}
