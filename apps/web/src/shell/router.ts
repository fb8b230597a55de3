import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import { type FailureCode, isFailureCode } from '@earshot/protocol/failures.ts';

/** Where in the app one is. The address says it, so that going back, reloading and opening in a second tab work. */
export type Route =
  | { readonly at: 'list' }
  | { readonly at: 'conversation'; readonly id: string }
  | { readonly at: 'settings' }
  /** Where the sound of a message could still be. */
  | { readonly at: 'where'; readonly message: Id }
  /** Voice messages to look through: of one conversation, or of all. */
  | { readonly at: 'gallery'; readonly id: Id | null }
  | { readonly at: 'join'; readonly invitation: string }
  /** Another device of this person shows the code. */
  | { readonly at: 'link'; readonly code: string }
  | { readonly at: 'sign-in' }
  | DoctorRoute
  /** After the account was deleted; loading the page anew leads to signing in. */
  | { readonly at: 'farewell' };

/** `code` and `conversation`: what just happened, and where. Known to the address, so that a reload does not forget it. */
export interface DoctorRoute {
  readonly at: 'doctor';
  /** `gone`: a visit about something that is not there any more; `start`: about the app, which does not open. */
  readonly page: 'visit' | 'gone' | 'start' | 'microphone' | 'quick';
  readonly code: FailureCode | null;
  readonly conversation: Id | null;
}

export interface Router {
  readonly route: ReadonlySignal<Route>;
  go(route: Route, options?: { replace?: boolean }): void;
  /** To where one came from, or to the list when this is where one began. */
  back(): void;
}

export function parsePath(path: string, fragment = ''): Route {
  const [first = '', second = '', third = ''] = path.split('/').filter((part) => part !== '');
  if (first === 'doctor') return doctorAt(second, third);
  if (first === 'c' && ID.test(second)) return { at: 'conversation', id: second };
  if (first === 'where' && ID.test(second)) return { at: 'where', message: second };
  if (first === 'gallery') return { at: 'gallery', id: ID.test(second) ? second : null };
  if (first === 'settings') return { at: 'settings' };
  if (first === 'sign-in') return { at: 'sign-in' };
  if (first === 'link') return { at: 'link', code: fragment.replace(/^#/, '') };
  if (first === 'join') return { at: 'join', invitation: fragment.replace(/^#/, '') };
  return { at: 'list' };
}

const ID = /^[0-9a-hjkmnp-tv-z]{26}$/;

const pages = ['gone', 'start', 'microphone', 'quick'] as const;

/** A dot in an address would be taken for a file's: codes are written with `_` in its place. */
function doctorAt(second: string, third: string): DoctorRoute {
  const code = second.replace('_', '.');
  const page = pages.find((one) => one === second) ?? 'visit';
  return { at: 'doctor', page, code: isFailureCode(code) ? code : null, conversation: ID.test(third) ? third : null };
}

function doctorPath({ page, code, conversation }: DoctorRoute): string {
  if (page !== 'visit') return `/doctor/${page}`;
  const last = conversation === null ? '' : `/${conversation}`;
  return `/doctor${code === null ? (last === '' ? '' : '/-') : `/${code.replace('.', '_')}`}${last}`;
}

export function pathOf(route: Route): string {
  switch (route.at) {
    case 'list':
      return '/';
    case 'conversation':
      return `/c/${route.id}`;
    case 'where':
      return `/where/${route.message}`;
    case 'gallery':
      return route.id === null ? '/gallery' : `/gallery/${route.id}`;
    case 'settings':
    case 'join':
    case 'link':
    case 'sign-in':
      return `/${route.at}`;
    case 'doctor':
      return doctorPath(route);
    case 'farewell':
      return '/sign-in';
  }
}

/**
 * What the browser keeps with an entry of its history. The secret of an invitation leaves the address, the list of visited pages and every screenshot as soon as it was read;
 * here it outlasts a reload, also of a page that the phone had put away meanwhile, until one goes on from there.
 */
interface Here {
  readonly depth?: number;
  readonly fragment?: string;
}

export function createRouter(page: Pick<Window, 'history' | 'location' | 'addEventListener'>): Router {
  const { history, location } = page;
  const here = (): Here => (history.state as Here | null) ?? {};
  const depth = (): number => here().depth ?? 0;
  const read = (): Route => {
    if (location.hash !== '') history.replaceState({ depth: depth(), fragment: location.hash } satisfies Here, '', location.pathname);
    return parsePath(location.pathname, here().fragment);
  };
  const route = signal(read());
  // Pasting another invitation into a page that is open changes only the fragment.
  for (const moved of ['popstate', 'hashchange']) page.addEventListener(moved, () => (route.value = read()));
  return {
    route: computed(() => route.value),
    go: (to, { replace = false } = {}) => {
      if (replace) history.replaceState({ depth: depth() }, '', pathOf(to));
      else history.pushState({ depth: depth() + 1 }, '', pathOf(to));
      route.value = to;
    },
    back: () => {
      if (depth() > 0) history.back();
      else {
        history.replaceState({ depth: 0 }, '', '/');
        route.value = { at: 'list' };
      }
    },
  };
}
