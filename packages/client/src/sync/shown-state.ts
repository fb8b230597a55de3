import type { Bus } from '../bus.ts';
import type { ConnectionState } from '../earshot.ts';

/** The connection as every page of a browser shows it, though only one of them holds it: that one tells the others, and who opens later asks. */
export class ShownState {
  readonly #bus: Bus;
  readonly #own: () => ConnectionState;
  readonly #wake: () => void;
  #told: ConnectionState | null = null;

  /** `wake`: whoever looks at any page asks for no more waiting. */
  constructor(bus: Bus, own: () => ConnectionState, wake: () => void) {
    this.#bus = bus;
    this.#own = own;
    this.#wake = wake;
    bus.on(({ type }) => void (type === 'connection' && this.#tell()));
    bus.onPages((state) => (state === null ? this.#asked() : this.#take(state)));
    this.ask();
  }

  /** Of what was said while this page slept it may have missed something. */
  ask(): void {
    this.#bus.tellPages(null);
  }

  get now(): ConnectionState {
    const own = this.#own();
    return own.state === 'stopped' ? (this.#told ?? own) : own;
  }

  #asked(): void {
    if (this.#own().state === 'waiting') this.#wake();
    this.#tell();
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
