import { signInByRecovery } from '../../chains/recovery.ts';
import type { Handler } from '../context.ts';

export const recoverySignIn: Handler<'recoverySignIn'> = async ({ ports }, call) => call.grant(await signInByRecovery(ports, call.body, call.address));
