import { recoveryChallenge as challenge } from '../../chains/recovery.ts';
import type { Handler } from '../context.ts';

export const recoveryChallenge: Handler<'recoveryChallenge'> = ({ ports, challenges }, { address }) => {
  challenges.take(address);
  return challenge(ports);
};
