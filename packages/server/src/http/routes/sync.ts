import { sync as catchUp } from '../../logs/read.ts';
import { type Handler, Json } from '../context.ts';

export const sync: Handler<'sync'> = async ({ ports }, { session, body }) => new Json(await catchUp(ports, session, body));
