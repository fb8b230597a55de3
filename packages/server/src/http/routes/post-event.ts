import { postEvent as post } from '../../logs/post.ts';
import type { Handler } from '../context.ts';

export const postEvent: Handler<'postEvent'> = (context, call) => post(context, call.session, call.params.log, call.body);
