import type { Bus } from '../bus.ts';
import type { ConnectionState } from '../earshot.ts';

/** The connection as every page of a browser shows it, though only one of them holds it: that one tells the others, and who opens later asks. */
export class ShownState {
  readonly #bus: Bus;
  readonly #own: () => ConnectionState;
  #told: ConnectionState | null = null;

  constructor(bus: Bus, own: () => ConnectionState) {
    this.#bus = bus;
    this.#own = own;
    bus.on(({ type }) => void (type === 'connection' && this.#tell()));
    bus.onPages((state) => (state === null ? this.#tell() : this.#take(state)));
    bus.tellPages(null);
  }

  get now(): ConnectionState {
    const own = this.#own();
    return own.state === 'stopped' ? (this.#told ?? own) : own;
  }

  /** Whoever closes says nothing: the next one that holds it does. */
  #tell(): void {
    const own = this.#own();
    if (own.state !== 'stopped') this.#bus.tellPages(own);
  }

  #take(state: ConnectionState): void {
    this.#told = state;
    if (this.#own().state === 'stopped') this.#bus.announceHere({ type: 'connection' });
  }
}
