import { events as page } from '../../logs/read.ts';
import { type Handler, Json } from '../context.ts';

export const events: Handler<'events'> = async ({ ports }, { session, params, query }) =>
  new Json(await page(ports, session, params.log, Number(query.after ?? 0), Number(query.limit ?? ports.limits.eventsPerPage)));
