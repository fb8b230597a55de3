import {
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import type { Ceremonies, Ceremony } from './passkeys.ts';

/**
 * Loaded lazily: most people need this twice in a year. The server made the options; the browser judges their shape. Each ceremony asks for the secret
 * that the passkey derives for this purpose; it stays in this page, and what goes to the server says nothing of it.
 */
const PURPOSE = { prf: { eval: { first: utf8('earshot recovery 1 passkey') } } };

type Response = Awaited<ReturnType<typeof startRegistration>> | Awaited<ReturnType<typeof startAuthentication>>;

/** What the extension answers, as the standard says it. */
interface PrfAnswer {
  readonly enabled?: boolean;
  readonly results?: { readonly first?: ArrayBuffer | Uint8Array<ArrayBuffer> };
}

export const ceremonies: Ceremonies = {
  create: async (options) => {
    const response = await startRegistration({ optionsJSON: { ...(options as unknown as PublicKeyCredentialCreationOptionsJSON), extensions: PURPOSE } });
    const secret = secretIn(response) ?? (answerIn(response).enabled === true ? await askedFor(response.id, options) : null);
    return { response: told(response), secret };
  },
  show: async (options) => {
    const response = await startAuthentication({ optionsJSON: { ...(options as unknown as PublicKeyCredentialRequestOptionsJSON), extensions: PURPOSE } });
    return { response: told(response), secret: secretIn(response) };
  },
};

/** Some tell it only when they are shown, so the new one is shown once, to nobody but this page. Whoever does not want to has a passkey that signs in. */
async function askedFor(id: string, options: Record<string, unknown>): Promise<Uint8Array<ArrayBuffer> | null> {
  const { rp } = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  const challenge = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  try {
    return secretIn(await startAuthentication({ optionsJSON: { challenge, ...(rp.id !== undefined && { rpId: rp.id }), allowCredentials: [{ id, type: 'public-key' }], extensions: PURPOSE } }));
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

function answerIn({ clientExtensionResults }: Response): PrfAnswer {
  return (clientExtensionResults as { readonly prf?: PrfAnswer }).prf ?? {};
}

function secretIn(response: Response): Uint8Array<ArrayBuffer> | null {
  const first = answerIn(response).results?.first;
  return first === undefined ? null : Uint8Array.from(new Uint8Array(first));
}

function told(response: Response): Ceremony['response'] {
  return { ...response, clientExtensionResults: {} };
}
