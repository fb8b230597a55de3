import * as v from 'valibot';
import { loggedEvent, postedEvent } from './envelope.ts';
import * as keys from './keys.ts';
import * as links from './links.ts';
import { serverFrame } from './live.ts';
import * as logs from './logs.ts';
import * as people from './people.ts';
import { pushAnswer, pushSubscription } from './push.ts';
import { lettingGoCommand, retention } from './retention.ts';
import { statusAnswer } from './status.ts';
import { id, seq, time } from './wire.ts';

/**
 * Every JSON route, in one table: the server registers it, the client calls it, the OpenAPI document follows from it. Uploads
 * (tus 1.0), blobs and the open connection are in `raw-routes.ts`: they do not speak JSON.
 *
 * `session`: 'required' routes answer `session.missing` to strangers; 'none' routes are open to them.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly session: 'required' | 'none';
  readonly params?: v.GenericSchema;
  readonly query?: v.GenericSchema;
  readonly body?: v.GenericSchema;
  readonly answer: v.GenericSchema;
}

const nothing = v.object({});
const byLog = v.object({ log: id });
const byId = v.object({ id });

export const routes = {
  server: { method: 'GET', path: '/v1/server', session: 'none',
    answer: v.object({ product: v.literal('earshot'), version: v.string(), protocol: v.number(), now: time, limits: v.record(v.string(), v.number()), retention }) },
  status: { method: 'GET', path: '/v1/status', session: 'none', answer: statusAnswer },

  join: { method: 'POST', path: '/v1/join', session: 'none', body: people.joinCommand, answer: people.sessionAnswer },
  signIn: { method: 'POST', path: '/v1/sessions', session: 'none', body: people.signInCommand, answer: people.sessionAnswer },
  passkeyChallenge: { method: 'POST', path: '/v1/sessions/passkey/options', session: 'none', body: nothing, answer: people.passkeyOptions },
  passkeySignIn: { method: 'POST', path: '/v1/sessions/passkey', session: 'none', body: people.passkeySignInCommand, answer: people.sessionAnswer },
  recoveryChallenge: { method: 'POST', path: '/v1/sessions/recovery/challenge', session: 'none', body: people.recoveryChallengeCommand, answer: people.recoveryChallenge },
  recoverySignIn: { method: 'POST', path: '/v1/sessions/recovery', session: 'none', body: people.recoverySignInCommand, answer: people.sessionAnswer },
  linkSignIn: { method: 'POST', path: '/v1/sessions/link', session: 'none', body: links.linkSignInCommand, answer: people.sessionAnswer },
  signOut: { method: 'DELETE', path: '/v1/sessions/current', session: 'required', answer: nothing },

  me: { method: 'GET', path: '/v1/me', session: 'required', answer: people.me },
  rename: { method: 'PATCH', path: '/v1/me', session: 'required', body: people.renameCommand, answer: nothing },
  setPassword: { method: 'PUT', path: '/v1/me/password', session: 'required', body: people.passwordCommand, answer: nothing },
  deleteAccount: { method: 'POST', path: '/v1/me/delete', session: 'required', body: people.deleteAccountCommand, answer: nothing },
  passkeyOptions: { method: 'POST', path: '/v1/me/passkeys/options', session: 'required', body: nothing, answer: people.passkeyOptions },
  addPasskey: { method: 'POST', path: '/v1/me/passkeys', session: 'required', body: people.passkeyAddCommand, answer: nothing },
  removePasskey: { method: 'DELETE', path: '/v1/me/passkeys/:id', session: 'required', params: v.object({ id: v.pipe(v.string(), v.maxLength(1400)) }), answer: nothing },

  devices: { method: 'GET', path: '/v1/devices', session: 'required', answer: v.object({ devices: v.array(people.device) }) },
  revokeDevice: { method: 'DELETE', path: '/v1/devices/:id', session: 'required', params: byId, answer: nothing },

  extendChain: { method: 'POST', path: '/v1/chain', session: 'required', body: keys.chainCommand, answer: v.object({ length: seq }) },
  beginAnew: { method: 'POST', path: '/v1/chain/anew', session: 'required', body: people.beginAnewCommand, answer: v.object({ length: seq }) },
  chain: { method: 'GET', path: '/v1/chains/:person', session: 'required', params: v.object({ person: id }), query: keys.chainQuery, answer: keys.chainAnswer },
  keys: { method: 'GET', path: '/v1/keys', session: 'required', answer: keys.keysAnswer },
  putPrekey: { method: 'PUT', path: '/v1/prekey', session: 'required', body: keys.prekey, answer: keys.prekey },
  logPrekeys: { method: 'GET', path: '/v1/logs/:log/prekeys', session: 'required', params: byLog, answer: v.object({ prekeys: v.array(keys.memberPrekey) }) },
  openLink: { method: 'POST', path: '/v1/links', session: 'required', body: links.linkCommand, answer: links.link },
  links: { method: 'GET', path: '/v1/links', session: 'required', answer: v.object({ links: v.array(links.link) }) },
  sayOverLink: { method: 'POST', path: '/v1/links/:id/messages', session: 'required', params: byId, body: links.linkMessageCommand, answer: links.link },
  closeLink: { method: 'DELETE', path: '/v1/links/:id', session: 'required', params: byId, answer: nothing },

  push: { method: 'GET', path: '/v1/push', session: 'required', answer: pushAnswer },
  subscribePush: { method: 'PUT', path: '/v1/push', session: 'required', body: pushSubscription, answer: nothing },
  unsubscribePush: { method: 'DELETE', path: '/v1/push', session: 'required', answer: nothing },
  people: { method: 'GET', path: '/v1/people', session: 'required', answer: v.object({ people: v.array(people.person) }) },
  block: { method: 'PUT', path: '/v1/people/:id/block', session: 'required', params: byId, answer: nothing },
  unblock: { method: 'DELETE', path: '/v1/people/:id/block', session: 'required', params: byId, answer: nothing },

  invite: { method: 'POST', path: '/v1/invitations', session: 'required', body: people.inviteCommand, answer: people.invitation },
  invitations: { method: 'GET', path: '/v1/invitations', session: 'required', answer: v.object({ invitations: v.array(people.invitation) }) },
  withdraw: { method: 'DELETE', path: '/v1/invitations/:secretSha256', session: 'required', params: v.object({ secretSha256: v.string() }), answer: nothing },

  logs: { method: 'GET', path: '/v1/logs', session: 'required', answer: v.object({ logs: v.array(people.logInfo) }) },
  postEvent: { method: 'POST', path: '/v1/logs/:log/events', session: 'required', params: byLog, body: postedEvent, answer: logs.postAnswer },
  events: { method: 'GET', path: '/v1/logs/:log/events', session: 'required', params: byLog, query: logs.eventsQuery, answer: logs.eventsAnswer },
  letGo: { method: 'POST', path: '/v1/logs/:log/letting-go', session: 'required', params: byLog, body: lettingGoCommand, answer: nothing },
  setCursor: { method: 'PUT', path: '/v1/logs/:log/cursor', session: 'required', params: byLog, body: logs.cursorCommand, answer: nothing },
  cursors: { method: 'GET', path: '/v1/logs/:log/cursors', session: 'required', params: byLog, answer: logs.cursorsAnswer },
  sync: { method: 'POST', path: '/v1/sync', session: 'required', body: logs.syncCommand,
    answer: v.object({
      logs: v.array(v.object({ log: people.logInfo, events: v.array(loggedEvent) })),
      /** True when a log has more than was sent: ask again. */
      more: v.boolean(), now: time, retention,
      /** What happened while the answer waited: what an open connection would have told. */
      frames: v.optional(v.array(serverFrame)),
    }) },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
/** The JSON that route `N` answers with. */
export type Answer<N extends RouteName> = v.InferOutput<(typeof routes)[N]['answer']>;
/** The JSON that route `N` takes. */
export type Command<N extends RouteName> = (typeof routes)[N] extends { readonly body: infer S extends v.GenericSchema } ? v.InferInput<S> : undefined;
