import { cursors as list } from '../../logs/read.ts';
import type { Handler } from '../context.ts';

export const cursors: Handler<'cursors'> = ({ ports }, call) => list(ports, call.session, call.params.log);
