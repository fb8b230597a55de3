import { signInByLink } from '../../links/links.ts';
import type { Handler } from '../context.ts';

export const linkSignIn: Handler<'linkSignIn'> = async ({ ports }, call) => call.grant(await signInByLink(ports, call.body, call.address));
