import { PROTOCOL_VERSION } from '@earshot/protocol/version.ts';
import { SERVER_VERSION } from '../../version.ts';
import type { Handler } from '../context.ts';

export const server: Handler<'server'> = ({ ports }) =>
  Promise.resolve({ product: 'earshot', version: SERVER_VERSION, protocol: PROTOCOL_VERSION, now: ports.clock.now(), limits: { ...ports.limits }, retention: ports.retention });
