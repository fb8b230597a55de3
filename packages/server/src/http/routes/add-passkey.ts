import { addPasskey as add } from '../../passkeys/passkeys.node.ts';
import type { Handler } from '../context.ts';

export const addPasskey: Handler<'addPasskey'> = async ({ ports, site }, call) => {
  await add(ports, site, call.session, call.body);
  return {};
};
