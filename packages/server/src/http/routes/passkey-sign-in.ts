import { signInWithPasskey } from '../../passkeys/passkeys.node.ts';
import type { Handler } from '../context.ts';

export const passkeySignIn: Handler<'passkeySignIn'> = async ({ ports, site }, call) => call.grant(await signInWithPasskey(ports, site, call.body));
