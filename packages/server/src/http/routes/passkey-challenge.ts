import { signInOptions } from '../../passkeys/passkeys.node.ts';
import type { Handler } from '../context.ts';

export const passkeyChallenge: Handler<'passkeyChallenge'> = ({ ports, site }) => signInOptions(ports, site);
