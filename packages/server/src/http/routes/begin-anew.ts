import { beginAnew as begin } from '../../chains/anew.ts';
import type { Handler } from '../context.ts';

export const beginAnew: Handler<'beginAnew'> = ({ ports }, { session, body }) => begin(ports, session, body);
