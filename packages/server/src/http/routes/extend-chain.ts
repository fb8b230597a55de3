import { extendChain as extend } from '../../chains/chains.ts';
import type { Handler } from '../context.ts';

export const extendChain: Handler<'extendChain'> = ({ ports }, call) => extend(ports, call.session, call.body);
