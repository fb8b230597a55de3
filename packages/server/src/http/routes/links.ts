import { linksOf } from '../../links/links.ts';
import type { Handler } from '../context.ts';

export const links: Handler<'links'> = ({ ports }, call) => linksOf(ports, call.session);
