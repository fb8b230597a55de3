import { signIn as signInAs } from '../../sessions/sessions.ts';
import type { Handler } from '../context.ts';

export const signIn: Handler<'signIn'> = async ({ ports }, call) => call.grant(await signInAs(ports, call.body, call.address));
