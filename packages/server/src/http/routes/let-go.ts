import { letGo as release } from '../../retention/let-go.ts';
import type { Handler } from '../context.ts';

export const letGo: Handler<'letGo'> = async ({ ports }, call) => {
  await release(ports, call.session, call.params.log, call.body);
  return {};
};
