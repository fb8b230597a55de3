import { signInOptions } from '../../passkeys/passkeys.node.ts';
import type { Handler } from '../context.ts';

export const passkeyChallenge: Handler<'passkeyChallenge'> = ({ ports, site, challenges }, { address }) => {
  challenges.take(address);
  return signInOptions(ports, site);
};
