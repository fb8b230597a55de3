import type { Answer, RouteName, routes } from '@earshot/protocol/routes.ts';
import type * as v from 'valibot';
import type { Hub } from '../live/hub.ts';
import type { RecentEvents } from '../logs/recent-events.ts';
import type { Ports, Session } from '../ports.ts';
import type { PushDesk } from '../push/subscribing.ts';
import type { Allowance } from '../status/allowance.ts';
import type { Watch } from '../status/watch.ts';
import type { Uploads } from '../uploads/uploads.ts';

/** What the routes of one server share. */
export interface Context {
  readonly ports: Ports;
  readonly recent: RecentEvents;
  readonly uploads: Uploads;
  readonly hub: Hub;
  /** Null while push is off. */
  readonly push: PushDesk | null;
  readonly status: { readonly watch: Watch; readonly allowance: Allowance };
  readonly echoes: Allowance;
  /** For whoever says that she wants to sign in. */
  readonly challenges: Allowance;
  /** Where people open this server. */
  readonly site: Site;
}

export interface Site {
  /** Known once the port is. */
  readonly origin: string;
  readonly accepts: (origin: string) => boolean;
}

type Part<N extends RouteName, P extends 'params' | 'query' | 'body'> = (typeof routes)[N] extends { readonly [part in P]: infer S extends v.GenericSchema } ? v.InferOutput<S> : undefined;

/** One request, checked. */
export interface Call<N extends RouteName> {
  /** Of routes that need none it must not be asked. */
  readonly session: Session;
  readonly params: Part<N, 'params'>;
  readonly query: Part<N, 'query'>;
  readonly body: Part<N, 'body'>;
  /** Where the request came from, as far as tries are counted by it. */
  readonly address: string;
  /** Hands the token to a browser as a cookie and to a program in the answer. */
  readonly grant: <T extends { readonly token: string }>(answer: T) => Omit<T, 'token'> & { readonly token: string | null };
  readonly clearCookie: () => void;
}

/** JSON that is ready to be sent. */
export class Json {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Loosely<T> = T extends readonly (infer E)[] ? readonly Loosely<E>[] : T extends object ? { readonly [K in keyof T]: Loosely<T[K]> } : T;
export type Handler<N extends RouteName> = (context: Context, call: Call<N>) => Promise<Loosely<Answer<N>> | Json>;
