import { invite as register } from '../../invitations/invitations.ts';
import type { Handler } from '../context.ts';

export const invite: Handler<'invite'> = ({ ports }, call) => register(ports, call.session, call.body);
