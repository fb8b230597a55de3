import { devices as list } from '../../sessions/sessions.ts';
import type { Handler } from '../context.ts';

export const devices: Handler<'devices'> = ({ ports }, call) => list(ports, call.session);
