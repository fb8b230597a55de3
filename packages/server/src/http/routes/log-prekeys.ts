import { prekeysOf } from '../../chains/prekeys.ts';
import type { Handler } from '../context.ts';

export const logPrekeys: Handler<'logPrekeys'> = ({ ports }, call) => prekeysOf(ports, call.session, call.params.log);
