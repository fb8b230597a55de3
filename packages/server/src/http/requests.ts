import type { FastifyRequest } from 'fastify';
import { fastifyCookie, type CookieSerializeOptions } from '@fastify/cookie';
import type { Site } from './context.ts';

export const SESSION_COOKIE = 'earshot_session';
/** Browsers keep no cookie longer; the server ends idle sessions by its own clock. */
const COOKIE_SECONDS = 400 * 86_400;

export function cookieOf({ origin }: Site): [string, CookieSerializeOptions] {
  return [SESSION_COOKIE, { path: '/', httpOnly: true, sameSite: 'strict', secure: origin.startsWith('https:'), maxAge: COOKIE_SECONDS }];
}

interface Headers {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}

/** Programs send a bearer header, browsers the cookie. Any other authorization is meant for a proxy in front, which a browser signs in to with every request. */
export function tokenOfHeaders({ authorization, cookie }: Headers): string | null {
  if (authorization !== undefined && /^Bearer(?: |$)/i.test(authorization)) return /^Bearer ([\w-]{20,128})$/i.exec(authorization)?.[1] ?? null;
  if (cookie === undefined || !cookie.includes(SESSION_COOKIE)) return null;
  return fastifyCookie.parse(cookie)[SESSION_COOKIE] ?? null;
}

export function tokenOf(request: FastifyRequest): string | null {
  return tokenOfHeaders(request.headers);
}

export function isBrowser(request: FastifyRequest): boolean {
  return request.headers.origin !== undefined || request.headers['earshot-client'] === 'browser';
}

/** Of IPv6 the network counts: one household has as many addresses as it likes. */
export function addressOf(request: FastifyRequest): string {
  const { ip } = request;
  if (!ip.includes(':')) return ip;
  if (ip.startsWith('::ffff:')) return ip.slice(7);
  const [head = '', tail] = ip.split('::');
  const groups = head.split(':');
  if (tail !== undefined) while (groups.length < 4) groups.push('0');
  return groups.slice(0, 4).join(':');
}
