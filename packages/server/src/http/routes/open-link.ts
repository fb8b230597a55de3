import { openLink as open } from '../../links/links.ts';
import type { Handler } from '../context.ts';

export const openLink: Handler<'openLink'> = ({ ports }, call) => open(ports, call.session, call.body);
