import type { Finding } from '@earshot/doctor/probes/probe.ts';

export interface ProxySeen {
  /** Whether the environment names a proxy for the server. */
  readonly named: boolean;
  /** Whether the direct connection opens. */
  readonly direct: boolean;
  /** What came back from the server's address; null when nothing did. */
  readonly answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null;
}

const ASKS_FOR_SIGN_IN = 407;
/** Headers that only somebody in between adds. */
const MARKS = ['via', 'x-cache', 'x-squid-error', 'proxy-authenticate', 'proxy-connection'];

/**
 * Whether a proxy has a word in it: one that this machine is told of, or one that stands in the way by itself. Earshot's programs
 * connect directly, whatever the environment names.
 */
export function judgeProxy({ named, direct, answer }: ProxySeen): Finding<'proxy'> {
  if (answer?.status === ASKS_FOR_SIGN_IN || (named && !direct)) return { answer: 'refuses', code: 'network.filtered' };
  return { answer: named || MARKS.some((name) => answer?.headers[name] !== undefined) ? 'passes' : 'none' };
}

/** By the variables that most programs read, in both spellings. */
export function namesProxy({ protocol, hostname }: URL, env: Readonly<Record<string, string | undefined>>): boolean {
  const read = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? '';
  const except = read('no_proxy').split(',').map((one) => one.trim().replace(/^\*?\./, '')).filter((one) => one !== '');
  if (except.some((one) => one === '*' || hostname === one || hostname.endsWith(`.${one}`))) return false;
  return read(protocol === 'https:' ? 'https_proxy' : 'http_proxy') !== '' || read('all_proxy') !== '';
}
