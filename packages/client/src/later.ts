import { Failure } from '@earshot/protocol/failures.ts';

/** Verbs that all answer later anyway. */
type Verbs<T> = { readonly [verb in keyof T]: (...input: never[]) => Promise<unknown> };

/**
 * An engine whose code is loaded with the first call of one of its verbs: the page shows and records without it. A load that failed is tried
 * again with the next call. `atOnce` are verbs that need none of it.
 */
export function later<T extends Verbs<T>>(load: () => Promise<T>, atOnce: Partial<T> = {}): T {
  let loading: Promise<T> | null = null;
  const arrived = (): Promise<T> =>
    (loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    }));
  const called = (verb: keyof T) => async (...input: never[]): Promise<unknown> => {
    const engine = await arrived();
    return await engine[verb](...input);
  };
  return new Proxy(atOnce as T, {
    // Whoever awaits the engine itself must not take it for a promise.
    get: (known, verb) => (verb in known || verb === 'then' || typeof verb === 'symbol' ? known[verb as keyof T] : called(verb as keyof T)),
  });
}

const scripts = new Set<() => Promise<unknown>>();

/**
 * A script of the app, kept once it came: asking the platform for it anew costs more than much of what it then does. One that does not come is a
 * network that does not come, and is tried again with the next call.
 */
export function script<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | null = null;
  const arrived = (): Promise<T> =>
    (loading ??= load().catch((error: unknown) => {
      loading = null;
      throw new Failure('network.unreachable', { reason: 'app' }, { cause: error });
    }));
  scripts.add(arrived);
  return arrived;
}

/** Has them all loaded: for simulated worlds, where the first call would otherwise take other turns than those after it. */
export async function loadScripts(): Promise<void> {
  await Promise.all([...scripts].map((arrived) => arrived()));
}
