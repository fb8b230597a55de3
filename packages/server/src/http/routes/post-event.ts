import { postEvent as post } from '../../logs/post.ts';
import type { Handler } from '../context.ts';

export const postEvent: Handler<'postEvent'> = ({ ports, recent }, call) => post(ports, recent, call.session, call.params.log, call.body);
