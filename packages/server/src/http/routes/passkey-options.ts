import { addingOptions } from '../../passkeys/passkeys.node.ts';
import type { Handler } from '../context.ts';

export const passkeyOptions: Handler<'passkeyOptions'> = ({ ports, site }, call) => addingOptions(ports, site, call.session);
