import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Finding } from '@earshot/doctor/probes/probe.ts';
import { opened, PATIENCE } from './connection.node.ts';
import { bareHost, portOf } from './name.node.ts';

const DAY = 86_400_000;
/** What renews certificates does so a month before they end: with less than this it was forgotten. Days. */
const SOON = 14;

/** What decides whether a certificate is believed. Times in milliseconds since 1970. */
export interface Shown {
  readonly from: number;
  readonly until: number;
  /** Whether somebody whom this machine trusts has signed it. */
  readonly trusted: boolean;
  readonly nameFits: boolean;
}

/** Looks at the certificate that the server shows, whatever is wrong with it, and says nothing through the connection. */
export async function probeCertificate(server: URL, now: number): Promise<Finding<'certificate'>> {
  const host = bareHost(server);
  // On this machine nobody can listen in between, and browsers give the microphone all the same.
  if (server.protocol !== 'https:') return { answer: /^(?:localhost|127\..*|::1)$/.test(host) ? 'unknown' : 'none' };
  // One that is not believed is what we want to see: the connection is closed before anything is said.
  const socket = connect({ host, port: portOf(server), timeout: PATIENCE, rejectUnauthorized: false, ...(isIP(host) === 0 && { servername: host }) });
  const shown = (await opened(socket, 'secureConnect')) === null ? shownBy(socket, host) : null;
  socket.destroy();
  return shown === null ? { answer: 'unknown' } : judgeCertificate(shown, now);
}

function shownBy(socket: TLSSocket, host: string): Shown | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  // The first complaint hides others; dates and name are judged by themselves.
  const complaint = String(socket.authorizationError ?? '');
  return { ...readOf(certificate, host), trusted: socket.authorized || /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ALTNAME/.test(complaint) };
}

/** A certificate in a file of its own, as a proxy keeps it; null when the text is none. */
export function readCertificate(pem: string, host: string): Shown | null {
  try {
    // Who signed it is asked of the connection: a file alone does not tell whom others trust.
    return { ...readOf(new X509Certificate(pem), host), trusted: true };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

function readOf(certificate: X509Certificate, host: string): Omit<Shown, 'trusted'> {
  const fits = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return { from: Date.parse(certificate.validFrom), until: Date.parse(certificate.validTo), nameFits: fits !== undefined };
}

export function judgeCertificate({ from, until, trusted, nameFits }: Shown, now: number): Finding<'certificate'> {
  const measured = { daysLeft: Math.floor((until - now) / DAY) };
  if (now < from) return { answer: 'not-yet-valid', code: 'device.clock', measured };
  if (now > until) return { answer: 'expired', code: 'network.unreachable', measured };
  if (!nameFits) return { answer: 'wrong-name', code: 'network.foreign', measured };
  if (!trusted) return { answer: 'self-signed', code: 'network.foreign', measured };
  return { answer: measured.daysLeft < SOON ? 'ends-soon' : 'good', measured };
}
