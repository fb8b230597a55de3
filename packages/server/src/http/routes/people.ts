import { people as list } from '../../people/people.ts';
import type { Handler } from '../context.ts';

export const people: Handler<'people'> = ({ ports }, call) => list(ports, call.session);
