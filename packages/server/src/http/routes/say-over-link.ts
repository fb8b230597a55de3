import { sayOverLink as say } from '../../links/links.ts';
import type { Handler } from '../context.ts';

export const sayOverLink: Handler<'sayOverLink'> = ({ ports }, call) => say(ports, call.session, call.params.id, call.body);
