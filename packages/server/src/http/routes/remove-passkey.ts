import { removePasskey as remove } from '../../passkeys/passkeys.node.ts';
import type { Handler } from '../context.ts';

export const removePasskey: Handler<'removePasskey'> = async ({ ports }, call) => {
  await remove(ports, call.session, call.params.id);
  return {};
};
