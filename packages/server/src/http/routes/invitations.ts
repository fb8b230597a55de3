import { invitations as list } from '../../invitations/invitations.ts';
import type { Handler } from '../context.ts';

export const invitations: Handler<'invitations'> = ({ ports }, call) => list(ports, call.session);
