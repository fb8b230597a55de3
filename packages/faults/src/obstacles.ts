import type { Meddler, Meddling } from './middlebox.node.ts';

/** What stands on the way to the server, ready made. Several of them at once: `all(one, other)`. */

const PASS: Meddling = { do: 'pass' };

/** The first of them that does not let a request pass decides about it. */
export function all(...meddlers: readonly Meddler[]): Meddler {
  return (request) => meddlers.map((meddle) => meddle(request)).find((meddling) => meddling.do !== 'pass') ?? PASS;
}

export const signInPage: Meddling = { do: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html><title>Welcome to the hotel</title>Sign in</html>' };

/** The network of a hotel before one has signed in: everything is its page, or leads to it. */
export function captivePortal(how: 'page' | 'redirect' = 'page'): Meddler {
  return () => (how === 'page' ? signInPage : { do: 'answer', status: 302, headers: { location: 'http://hotel.invalid/welcome' } });
}

/** Everything is answered with this status, as by a broken gateway or a filter that dislikes the whole server. */
export function answersAll(status: number, headers: Record<string, string> = {}): Meddler {
  return () => ({ do: 'answer', status, headers: { 'content-type': 'text/html', ...headers }, body: `<h1>${status}</h1>` });
}

/** A filter that lets only certain content types of bodies pass. */
export function contentFilter(allowed: readonly string[]): Meddler {
  return ({ headers }) => (headers['content-type'] === undefined || allowed.includes(headers['content-type']) ? PASS : { do: 'answer', status: 415, body: 'blocked by policy' });
}

export function blocksMethods(methods: readonly string[], how: Meddling = { do: 'answer', status: 405, body: 'method not allowed' }): Meddler {
  return ({ method }) => (methods.includes(method) ? how : PASS);
}

/** Proxies that know no WebSocket: they say so, or take the question and never answer it. */
export function blocksWebSocket(how: Meddling = { do: 'answer', status: 400 }): Meddler {
  return ({ method }) => (method === 'UPGRADE' ? how : PASS);
}

/** Bodies over so many bytes are refused, or cut off there. */
export function blocksLargeBodies(bytes: number, how: 'answer' | 'cut' = 'answer'): Meddler {
  return ({ headers }) => {
    if (Number(headers['content-length'] ?? 0) <= bytes) return PASS;
    return how === 'cut' ? { do: 'cut', after: bytes } : { do: 'answer', status: 413, body: 'too large' };
  };
}
