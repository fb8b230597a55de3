import { subscribe } from '../../push/subscribing.ts';
import type { Handler } from '../context.ts';

export const subscribePush: Handler<'subscribePush'> = async ({ ports, push }, call) => {
  await subscribe(ports, push, call.session, call.body);
  return {};
};
