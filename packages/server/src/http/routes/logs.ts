import type { Handler } from '../context.ts';

export const logs: Handler<'logs'> = async ({ ports }, call) => ({ logs: await ports.store.logs.of(call.session.person) });
