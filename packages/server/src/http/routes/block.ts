import { block as set } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const block: Handler<'block'> = async ({ ports }, call) => {
  await set(ports, call.session, call.params.id, true);
  return {};
};
