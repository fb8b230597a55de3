import { unsubscribe } from '../../push/subscribing.ts';
import type { Handler } from '../context.ts';

export const unsubscribePush: Handler<'unsubscribePush'> = async ({ ports }, call) => {
  await unsubscribe(ports, call.session);
  return {};
};
