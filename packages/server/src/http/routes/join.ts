import { join as joinIn } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const join: Handler<'join'> = async ({ ports }, call) => call.grant(await joinIn(ports, call.body, call.address));
