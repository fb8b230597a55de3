/** The engines that record, by the names that files and tables use. */
export type EngineName = 'chromium' | 'firefox' | 'webkit';

export interface EngineOptions {
  /** What the sound system of this browser is found by (see `SoundRoom`). */
  readonly env: Readonly<Record<string, string>>;
  /** An earlier profile, for what must survive. */
  readonly profile?: string;
}

/**
 * One browser with one page, as a person has it before her: real taps, a microphone that was allowed, a profile on the disk. It owns
 * its processes and ends them; it owns its profile as well, which goes when the last one that used it is disposed.
 */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  readonly profile: string;
  /** Goes to an address, and touches the page once. What was open before is left. */
  open(url: string): Promise<void>;
  /** Runs a function in the page. It sees nothing of the test but `input`; what goes in and comes out is JSON. */
  evaluate<I, O>(work: (input: I) => O | Promise<O>, input: I): Promise<O>;
  /** Presses where a finger would; CSS pixels from the page's upper left corner. */
  tap(x: number, y: number): Promise<void>;
  /** Types into what has the focus. */
  type(text: string): Promise<void>;
  /** SIGKILL to all of its processes at once; their end is waited for. The profile stays. Resolves to the moment, in milliseconds since 1970. */
  kill(): Promise<number>;
}

export type StartEngine = (options: EngineOptions) => Promise<Engine>;

/** As a page runs it: the function's text, applied to its input. */
export function callIn(work: (input: never) => unknown, input: unknown): string {
  return `(${String(work)})(${JSON.stringify(input) ?? 'undefined'})`;
}
