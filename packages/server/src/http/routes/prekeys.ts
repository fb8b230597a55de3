import { prekeysOf } from '../../chains/chains.ts';
import type { Handler } from '../context.ts';

export const prekeys: Handler<'prekeys'> = ({ ports }, call) => prekeysOf(ports, call.session, call.params.log);
