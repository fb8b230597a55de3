import { publishPrekey as publish } from '../../chains/chains.ts';
import type { Handler } from '../context.ts';

export const publishPrekey: Handler<'publishPrekey'> = async ({ ports }, call) => {
  await publish(ports, call.session, call.body);
  return {};
};
