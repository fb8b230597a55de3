import type { Channel } from './channel.ts';
import type { ConnectionState, Happening } from './earshot.ts';

type Listener = (happening: Happening) => void;

/** What pages say to one another besides what happened: the state of the connection that one of them holds. Null asks for it. */
interface Between {
  readonly connection: ConnectionState | null;
}

/** Passes on what just became true: to the listeners of this page, and to the other pages of the browser. */
export class Bus {
  readonly #listeners = new Set<Listener>();
  readonly #channel: Channel | null;
  #between: (connection: ConnectionState | null) => void = () => undefined;

  constructor(channel: Channel | null) {
    this.#channel = channel;
    // Pages of one origin run the same program: what comes from them has its shape.
    channel?.listen((message) => {
      const said = message as Happening | Between;
      if ('connection' in said) this.#between(said.connection);
      else this.#tell(said);
    });
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

  tellPages(connection: ConnectionState | null): void {
    this.#channel?.post({ connection } satisfies Between);
  }

  onPages(listener: (connection: ConnectionState | null) => void): void {
    this.#between = listener;
  }

  #tell(happening: Happening): void {
    for (const listener of this.#listeners) listener(happening);
  }
}
