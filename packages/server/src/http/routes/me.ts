import { me as account } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const me: Handler<'me'> = ({ ports }, call) => account(ports, call.session);
