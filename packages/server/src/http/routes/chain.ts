import { chainOf, formerChainOf } from '../../chains/chains.ts';
import type { Handler } from '../context.ts';

export const chain: Handler<'chain'> = ({ ports }, { session, params, query }) =>
  query.identity === undefined ? chainOf(ports, session, params.person, Number(query.from ?? 0)) : formerChainOf(ports, session, params.person, query.identity, Number(query.from ?? 0));
