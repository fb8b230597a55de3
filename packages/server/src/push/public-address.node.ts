import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/** Networks that are not the internet (IANA's special-purpose registries). Whoever names one as her push service wants to look inside. */
const inside = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
  ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) inside.addSubnet(network, bits, 'ipv4');
// Of IPv6 only 2000::/3 is the internet; within it these carry IPv4 addresses, or nobody's.
for (const [network, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) inside.addSubnet(network, bits, 'ipv6');
const internet = new BlockList();
internet.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address belongs to the internet: not to this machine, its networks, or nobody. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !inside.check(address, 'ipv4');
  return family === 6 && internet.check(address, 'ipv6') && !inside.check(address, 'ipv6');
}

/** The name of a URL's host is an address of its own, in brackets for IPv6. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? null : bare;
}

export class NotPublic extends Error {
  constructor() {
    super('the address is not on the internet');
  }
}

type Done = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * `dns.lookup` for connections to push services. What it hands out is what is connected to, so a name that changes its mind
 * between a check and the connection gains nothing.
 */
export function publicLookup(hostname: string, options: LookupOptions, done: Done): void {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, []);
    const usable = found.filter(({ address }) => isPublic(address));
    const [first] = usable;
    if (!first) return done(new NotPublic(), []);
    if (options.all === true) done(null, usable);
    else done(null, first.address, first.family);
  });
}
