import { endSession } from '../../sessions/sessions.ts';
import type { Handler } from '../context.ts';

export const signOut: Handler<'signOut'> = async ({ ports }, call) => {
  await endSession(ports, call.session, call.session.device);
  call.clearCookie();
  return {};
};
