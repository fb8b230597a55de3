import * as v from 'valibot';
import { loggedEvent, postedEvent } from './envelope.ts';
import * as keys from './keys.ts';
import * as links from './links.ts';
import { serverFrame } from './live.ts';
import * as logs from './logs.ts';
import * as people from './people.ts';
import { pushAnswer, pushSubscription } from './push.ts';
import { statusAnswer } from './status.ts';
import { id, seq, time } from './wire.ts';

/**
 * Every JSON route, in one table: the server registers it, the client calls it, the OpenAPI document follows from it. Uploads
 * (tus 1.0, `uploadRoutes`), blobs and the open connection are described beside it because they do not speak JSON.
 *
 * `session`: 'required' routes answer `session.missing` to strangers; 'none' routes are open to them.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly session: 'required' | 'none';
  readonly summary: string;
  readonly params?: v.GenericSchema;
  readonly query?: v.GenericSchema;
  readonly body?: v.GenericSchema;
  readonly answer: v.GenericSchema;
}

const nothing = v.object({});
const byLog = v.object({ log: id });
const byId = v.object({ id });

export const routes = {
  server: { method: 'GET', path: '/v1/server', session: 'none', summary: 'What this server is: version, limits, its clock',
    answer: v.object({ product: v.literal('earshot'), version: v.string(), protocol: v.number(), now: time, limits: v.record(v.string(), v.number()) }) },
  status: { method: 'GET', path: '/v1/status', session: 'none', summary: 'How this server is: its parts, and what went wrong in the last 90 days', answer: statusAnswer },

  join: { method: 'POST', path: '/v1/join', session: 'none', summary: 'Join with an invitation', body: people.joinCommand, answer: people.sessionAnswer },
  signIn: { method: 'POST', path: '/v1/sessions', session: 'none', summary: 'Sign in with a password', body: people.signInCommand, answer: people.sessionAnswer },
  passkeyChallenge: { method: 'POST', path: '/v1/sessions/passkey/options', session: 'none', summary: 'Begin to sign in with a passkey', body: nothing, answer: people.passkeyOptions },
  passkeySignIn: { method: 'POST', path: '/v1/sessions/passkey', session: 'none', summary: 'Sign in with a passkey', body: people.passkeySignInCommand, answer: people.sessionAnswer },
  recoveryChallenge: { method: 'POST', path: '/v1/sessions/recovery/challenge', session: 'none', summary: 'Begin to sign in with a recovery key', body: people.recoveryChallengeCommand, answer: people.recoveryChallenge },
  recoverySignIn: { method: 'POST', path: '/v1/sessions/recovery', session: 'none', summary: 'Sign in with a recovery key', body: people.recoverySignInCommand, answer: people.sessionAnswer },
  linkSignIn: { method: 'POST', path: '/v1/sessions/link', session: 'none', summary: 'Sign in by a link that another device has opened', body: links.linkSignInCommand, answer: people.sessionAnswer },
  signOut: { method: 'DELETE', path: '/v1/sessions/current', session: 'required', summary: 'Sign out on this device', answer: nothing },

  me: { method: 'GET', path: '/v1/me', session: 'required', summary: 'One’s own account', answer: people.me },
  rename: { method: 'PATCH', path: '/v1/me', session: 'required', summary: 'Change one’s display name', body: people.renameCommand, answer: nothing },
  setPassword: { method: 'PUT', path: '/v1/me/password', session: 'required', summary: 'Set or change the password; the current one is asked for where there is one', body: people.passwordCommand, answer: nothing },
  deleteAccount: { method: 'POST', path: '/v1/me/delete', session: 'required', summary: 'Delete one’s account', body: people.deleteAccountCommand, answer: nothing },
  passkeyOptions: { method: 'POST', path: '/v1/me/passkeys/options', session: 'required', summary: 'Begin to add a passkey', body: nothing, answer: people.passkeyOptions },
  addPasskey: { method: 'POST', path: '/v1/me/passkeys', session: 'required', summary: 'Add a passkey', body: people.passkeyAddCommand, answer: nothing },
  removePasskey: { method: 'DELETE', path: '/v1/me/passkeys/:id', session: 'required', summary: 'Remove a passkey', params: v.object({ id: v.pipe(v.string(), v.maxLength(1400)) }), answer: nothing },

  devices: { method: 'GET', path: '/v1/devices', session: 'required', summary: 'One’s devices', answer: v.object({ devices: v.array(people.device) }) },
  revokeDevice: { method: 'DELETE', path: '/v1/devices/:id', session: 'required', summary: 'Revoke a device: its connections close at once', params: byId, answer: nothing },

  extendChain: { method: 'POST', path: '/v1/chain', session: 'required', summary: 'Add the next entry to one’s chain of devices and keys. Signed by a recovery key it may replace the entries from its index on', body: keys.chainCommand, answer: v.object({ length: seq }) },
  chain: { method: 'GET', path: '/v1/chains/:person', session: 'required', summary: 'The chain of a person whom one can see', params: v.object({ person: id }), query: keys.chainQuery, answer: keys.chainAnswer },
  keys: { method: 'GET', path: '/v1/keys', session: 'required', summary: 'The seeds that were sealed to this device and to one’s recovery keys', answer: keys.keysAnswer },
  openLink: { method: 'POST', path: '/v1/links', session: 'required', summary: 'Open a link between two of one’s devices', body: links.linkCommand, answer: links.link },
  links: { method: 'GET', path: '/v1/links', session: 'required', summary: 'One’s open links', answer: v.object({ links: v.array(links.link) }) },
  sayOverLink: { method: 'POST', path: '/v1/links/:id/messages', session: 'required', summary: 'Say the next thing over a link', params: byId, body: links.linkMessageCommand, answer: links.link },
  closeLink: { method: 'DELETE', path: '/v1/links/:id', session: 'required', summary: 'Close a link', params: byId, answer: nothing },

  push: { method: 'GET', path: '/v1/push', session: 'required', summary: 'What web push subscriptions have to be made for; null when push is off', answer: pushAnswer },
  subscribePush: { method: 'PUT', path: '/v1/push', session: 'required', summary: 'Have this device woken by web push, in place of what was said before', body: pushSubscription, answer: nothing },
  unsubscribePush: { method: 'DELETE', path: '/v1/push', session: 'required', summary: 'Wake this device no more', answer: nothing },
  people: { method: 'GET', path: '/v1/people', session: 'required', summary: 'The people one shares a conversation or an invitation with', answer: v.object({ people: v.array(people.person) }) },
  block: { method: 'PUT', path: '/v1/people/:id/block', session: 'required', summary: 'Block a person', params: byId, answer: nothing },
  unblock: { method: 'DELETE', path: '/v1/people/:id/block', session: 'required', summary: 'Unblock a person', params: byId, answer: nothing },

  invite: { method: 'POST', path: '/v1/invitations', session: 'required', summary: 'Register an invitation by the hash of its secret', body: people.inviteCommand, answer: people.invitation },
  invitations: { method: 'GET', path: '/v1/invitations', session: 'required', summary: 'One’s invitations', answer: v.object({ invitations: v.array(people.invitation) }) },
  withdraw: { method: 'DELETE', path: '/v1/invitations/:secretSha256', session: 'required', summary: 'Withdraw an invitation', params: v.object({ secretSha256: v.string() }), answer: nothing },

  logs: { method: 'GET', path: '/v1/logs', session: 'required', summary: 'One’s conversations with their members', answer: v.object({ logs: v.array(people.logInfo) }) },
  postEvent: { method: 'POST', path: '/v1/logs/:log/events', session: 'required', summary: 'Append an event: closes the blobs it names and becomes visible as a whole', params: byLog, body: postedEvent, answer: logs.postAnswer },
  events: { method: 'GET', path: '/v1/logs/:log/events', session: 'required', summary: 'The events after a number', params: byLog, query: logs.eventsQuery, answer: logs.eventsAnswer },
  setCursor: { method: 'PUT', path: '/v1/logs/:log/cursor', session: 'required', summary: 'This device holds the log up to a number, and what it could not take', params: byLog, body: logs.cursorCommand, answer: nothing },
  cursors: { method: 'GET', path: '/v1/logs/:log/cursors', session: 'required', summary: 'Up to where the members’ devices hold the log, and when they were last there', params: byLog, answer: logs.cursorsAnswer },
  sync: { method: 'POST', path: '/v1/sync', session: 'required', summary: 'All logs at once: what came after the numbers held', body: logs.syncCommand,
    answer: v.object({
      logs: v.array(v.object({ log: people.logInfo, events: v.array(loggedEvent) })),
      /** True when a log has more than was sent: ask again. */
      more: v.boolean(), now: time,
      /** What happened while the answer waited: what an open connection would have told. */
      frames: v.optional(v.array(serverFrame)),
    }) },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
/** The JSON that route `N` answers with. */
export type Answer<N extends RouteName> = v.InferOutput<(typeof routes)[N]['answer']>;
/** The JSON that route `N` takes. */
export type Command<N extends RouteName> = (typeof routes)[N] extends { readonly body: infer S extends v.GenericSchema } ? v.InferInput<S> : undefined;

/**
 * An upload may name its conversation in `Upload-Metadata` (`log`, beside `id`): its members' devices may then fetch what has come of it
 * already, which they can open once the event is there.
 *
 * tus 1.0 with creation, creation-defer-length, creation-with-upload, checksum (sha1, sha256), termination and expiration.
 */
export const uploadRoutes = { collection: '/v1/uploads', one: '/v1/uploads/:id' } as const;
/** GET with ranges; ETag is the SHA-256 of the stored bytes. A blob that grows has none yet, and answers with what is there. */
export const blobRoute = '/v1/blobs/:id';
export const liveRoute = '/v1/live';

/** On every answer of a server, with the version of its protocol: what does not have it was answered by somebody on the way. */
export const markHeader = 'earshot-protocol';

/** Every refusal has this shape, with the status of its code. */
export const failureAnswer = v.object({
  error: v.object({
    code: v.string(),
    cause: v.string(),
    next: v.string(),
    owner: v.string(),
    evidence: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])),
  }),
});
export type FailureAnswer = v.InferOutput<typeof failureAnswer>;
