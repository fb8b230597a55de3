import { chainOf } from '../../chains/chains.ts';
import type { Handler } from '../context.ts';

export const chain: Handler<'chain'> = ({ ports }, { session, params, query }) => chainOf(ports, session, params.person, Number(query.from ?? 0));
