import { setCursor as set } from '../../logs/read.ts';
import type { Handler } from '../context.ts';

export const setCursor: Handler<'setCursor'> = async ({ ports }, call) => {
  await set(ports, call.session, call.params.log, call.body);
  return {};
};
