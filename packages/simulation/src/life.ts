/**
 * One run of a program, from its start to the moment it is killed. A killed program does nothing more: whatever it waits for
 * never comes, and nothing it still says is heard.
 */
export class Life {
  readonly #ends = new Set<() => void>();
  #alive = true;

  get alive(): boolean {
    return this.#alive;
  }

  /** Called at the moment of death; what comes back takes that back, for whoever is done before. */
  atEnd(end: () => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** `heard` is called when the signal aborts; what comes back takes that back. The dead listen to nothing: Node would keep them, with all they ever knew, for as long as they did. */
  whenAborted(signal: AbortSignal, heard: () => void): () => void {
    const stop = (): void => signal.removeEventListener('abort', heard);
    const forget = this.atEnd(stop);
    signal.addEventListener('abort', heard, { once: true });
    return () => {
      forget();
      stop();
    };
  }

  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const end of this.#ends) end();
  }

  /** What comes of `work`, as long as somebody lives to hear it. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => this.#alive && resolve(value),
        (error: unknown) => this.#alive && reject(error instanceof Error ? error : new Error('not an error', { cause: error })),
      );
    });
  }

  /** Waits for ever; a promise of its own, so that it goes with whoever waits. */
  static never(): Promise<never> {
    return new Promise(() => undefined);
  }
}
