import { endSession } from '../../sessions/sessions.ts';
import type { Handler } from '../context.ts';

export const revokeDevice: Handler<'revokeDevice'> = async ({ ports }, call) => {
  await endSession(ports, call.session, call.params.id);
  return {};
};
