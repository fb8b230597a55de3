import { Failure } from '@earshot/protocol/failures.ts';
import type { Handler } from '../context.ts';

export const logPrekeys: Handler<'logPrekeys'> = () => Promise.reject(new Failure('not-found', {}));
