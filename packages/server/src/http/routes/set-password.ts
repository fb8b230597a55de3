import { setPassword as change } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const setPassword: Handler<'setPassword'> = async ({ ports }, call) => {
  await change(ports, call.session, call.body.current, call.body.password);
  return {};
};
