import { currentOf } from './account/session.ts';
import type { AccountEngine, Engines, Keys } from './engines.ts';
import { keys as places } from './stores/keys.ts';

const load = async (): Promise<Engines> => (await import('./engines-at-once.ts')).enginesAtOnce;

/** The same engines, each standing for itself until the first call fetches what is behind it. */
export const enginesLater: Engines = {
  keys: (ports) => {
    const all = once(async () => (await load()).keys(ports));
    const later = <N extends keyof Keys>(name: N): Keys[N] => standIn(async () => (await all())[name]);
    return { chains: later('chains'), opener: later('opener'), events: later('events'), accountKeys: later('accountKeys'), ownChain: later('ownChain') };
  },
  drafts: (ports) => standIn(once(async () => (await load()).drafts(ports))),
  listening: (ports) => standIn(once(async () => (await load()).listening(ports))),
  waking: (ports) => standIn(once(async () => (await load()).waking(ports))),
  account: (ports) => {
    const whole = once(async () => (await load()).account(ports));
    // What every page asks at its start needs none of it.
    return standIn<AccountEngine>(whole, {
      current: () => currentOf(ports.session),
      recoveryCode: async () => ((await ports.store.get(places.recovery)) === undefined ? null : await (await whole()).recoveryCode()),
      wipeRevoked: async () => void ((await ports.session.stored())?.ended === 'session.revoked' && (await (await whole()).wipeRevoked())),
    });
  },
};

/** Fetched once; what failed is tried again by the next call. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => (running ??= work().catch((error: unknown) => {
    running = null;
    throw error;
  }));
}

/** Every method of a `T` answers with a promise, so nobody sees that it first had to come. `now` are those that need not. */
function standIn<T extends object>(whole: () => Promise<T>, now: Partial<T> = {}): T {
  return new Proxy(now, {
    get: (here, name) => {
      if (name in here || name === 'then') return Reflect.get(here, name) as unknown;
      return async (...given: readonly unknown[]): Promise<unknown> => {
        const real = await whole();
        return await (Reflect.get(real, name) as (...given: readonly unknown[]) => unknown).apply(real, [...given]);
      };
    },
  }) as T;
}
