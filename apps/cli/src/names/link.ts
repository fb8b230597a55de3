import { Failure } from '@earshot/protocol/failures.ts';

/** The server and the fragment of an invitation link, which no server ever sees: its secret, and who invites. `https://voice.example.org/join#SECRET` */
export function readInvitation(link: string): { server: string; secret: string } {
  const [, secret, identity = ''] = /#([0-9a-hjkmnp-tv-z]{26})(\.[\w-]{43})?$/i.exec(link) ?? [];
  if (secret === undefined || !URL.canParse(link)) throw new Failure('command.usage', { must: 'be an invitation link, with everything behind its #' });
  return { server: new URL(link).origin, secret: secret.toLowerCase() + identity };
}

/** The server and the code of a link by which one device lets another one in: `https://voice.example.org/link#CODE`. */
export function readDeviceLink(link: string): { server: string; code: string } {
  const [, code] = /#(\S+)$/.exec(link) ?? [];
  if (code === undefined || !URL.canParse(link)) throw new Failure('command.usage', { option: '--link', must: 'be the link that the other device shows, with everything behind its #' });
  return { server: new URL(link).origin, code };
}

/** The address of a server as people type it. Throws `command.usage`. */
export function readServerAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Failure('command.usage', { option: '--server', seen: text, must: 'be an address such as https://voice.example.org' });
  return url.origin;
}
