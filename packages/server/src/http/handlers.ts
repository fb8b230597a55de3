import type { RouteName } from '@earshot/protocol/routes.ts';
import type { Handler } from './context.ts';
import { addPasskey } from './routes/add-passkey.ts';
import { beginAnew } from './routes/begin-anew.ts';
import { block } from './routes/block.ts';
import { chain } from './routes/chain.ts';
import { closeLink } from './routes/close-link.ts';
import { cursors } from './routes/cursors.ts';
import { deleteAccount } from './routes/delete-account.ts';
import { devices } from './routes/devices.ts';
import { events } from './routes/events.ts';
import { extendChain } from './routes/extend-chain.ts';
import { invitations } from './routes/invitations.ts';
import { invite } from './routes/invite.ts';
import { join } from './routes/join.ts';
import { keys } from './routes/keys.ts';
import { letGo } from './routes/let-go.ts';
import { linkSignIn } from './routes/link-sign-in.ts';
import { links } from './routes/links.ts';
import { logPrekeys } from './routes/log-prekeys.ts';
import { logs } from './routes/logs.ts';
import { me } from './routes/me.ts';
import { openLink } from './routes/open-link.ts';
import { passkeyChallenge } from './routes/passkey-challenge.ts';
import { passkeyOptions } from './routes/passkey-options.ts';
import { passkeySignIn } from './routes/passkey-sign-in.ts';
import { people } from './routes/people.ts';
import { postEvent } from './routes/post-event.ts';
import { push } from './routes/push.ts';
import { putPrekey } from './routes/put-prekey.ts';
import { recoveryChallenge } from './routes/recovery-challenge.ts';
import { recoverySignIn } from './routes/recovery-sign-in.ts';
import { removePasskey } from './routes/remove-passkey.ts';
import { rename } from './routes/rename.ts';
import { revokeDevice } from './routes/revoke-device.ts';
import { sayOverLink } from './routes/say-over-link.ts';
import { server } from './routes/server.ts';
import { setCursor } from './routes/set-cursor.ts';
import { setPassword } from './routes/set-password.ts';
import { signIn } from './routes/sign-in.ts';
import { signOut } from './routes/sign-out.ts';
import { status } from './routes/status.ts';
import { subscribePush } from './routes/subscribe-push.ts';
import { sync } from './routes/sync.ts';
import { unblock } from './routes/unblock.ts';
import { unsubscribePush } from './routes/unsubscribe-push.ts';
import { withdraw } from './routes/withdraw.ts';

/** Who answers each route of the contract. */
export const handlers: { readonly [N in RouteName]: Handler<N> } = {
  server, status, join, signIn, passkeyChallenge, passkeySignIn, signOut, me, rename, setPassword, deleteAccount, passkeyOptions, addPasskey, removePasskey, devices,
  revokeDevice, push, subscribePush, unsubscribePush, people, block, unblock, invite, invitations, withdraw, logs, postEvent, events, letGo, setCursor, cursors, sync,
  recoveryChallenge, recoverySignIn, linkSignIn, extendChain, beginAnew, chain, keys, putPrekey, logPrekeys, openLink, links, sayOverLink, closeLink,
};
