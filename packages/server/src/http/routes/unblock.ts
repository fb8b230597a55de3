import { block as set } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const unblock: Handler<'unblock'> = async ({ ports }, call) => {
  await set(ports, call.session, call.params.id, false);
  return {};
};
