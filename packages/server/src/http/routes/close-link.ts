import { closeLink as close } from '../../links/links.ts';
import type { Handler } from '../context.ts';

export const closeLink: Handler<'closeLink'> = async ({ ports }, call) => {
  await close(ports, call.session, call.params.id);
  return {};
};
