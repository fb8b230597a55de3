import { withdraw as take } from '../../invitations/invitations.ts';
import type { Handler } from '../context.ts';

export const withdraw: Handler<'withdraw'> = async ({ ports }, call) => {
  await take(ports, call.session, call.params.secretSha256);
  return {};
};
