import type { Handler } from '../context.ts';

export const push: Handler<'push'> = (context) => Promise.resolve({ key: context.push?.key ?? null });
