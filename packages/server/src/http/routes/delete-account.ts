import { deleteAccount as end } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const deleteAccount: Handler<'deleteAccount'> = async ({ ports }, call) => {
  await end(ports, call.session, call.body.handle, call.body.password);
  call.clearCookie();
  return {};
};
