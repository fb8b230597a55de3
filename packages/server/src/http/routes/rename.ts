import { rename as changeName } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const rename: Handler<'rename'> = async ({ ports }, call) => {
  await changeName(ports, call.session, call.body.name);
  return {};
};
