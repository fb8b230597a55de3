import {
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import type { Ceremonies } from './passkeys.ts';

/** Loaded lazily: most people need this twice in a year. The server made the options; the browser judges their shape. */
export const ceremonies: Ceremonies = {
  create: async (options) => ({ ...(await startRegistration({ optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON })) }),
  show: async (options) => ({ ...(await startAuthentication({ optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON })) }),
};
