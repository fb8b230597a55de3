import { putPrekey as put } from '../../chains/prekeys.ts';
import type { Handler } from '../context.ts';

export const putPrekey: Handler<'putPrekey'> = ({ ports }, call) => put(ports, call.session, call.body);
