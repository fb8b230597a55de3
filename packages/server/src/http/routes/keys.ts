import { keysOf } from '../../chains/chains.ts';
import type { Handler } from '../context.ts';

export const keys: Handler<'keys'> = ({ ports }, call) => keysOf(ports, call.session);
