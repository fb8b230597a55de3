import { Failure } from '@earshot/protocol/failures.ts';
import type { Handler } from '../context.ts';

export const putPrekey: Handler<'putPrekey'> = () => Promise.reject(new Failure('not-found', {}));
