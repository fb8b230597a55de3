import { makeId } from '@earshot/base/ids.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { type FailureAnswer, markHeader } from '@earshot/protocol/addresses.ts';
import { PROTOCOL_VERSION } from '@earshot/protocol/version.ts';
import type { Ports } from '../ports.ts';

/** With every answer that is no part of the web app. */
export const apiHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  [markHeader]: String(PROTOCOL_VERSION),
};

/** What is sent instead of an answer. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function refusalOf(ports: Pick<Ports, 'clock' | 'random' | 'log'>, error: unknown): Refusal {
  const failure = failureOf(ports, error);
  const { status, cause, next, owner } = failures[failure.code];
  const body: FailureAnswer = { error: { code: failure.code, cause, next, owner, evidence: { ...failure.evidence } } };
  const headers: Record<string, string> = { ...apiHeaders, 'content-type': 'application/json; charset=utf-8' };
  const { until, offset } = failure.evidence;
  if (failure.code === 'limit.tries' && typeof until === 'number') headers['retry-after'] = String(Math.max(1, Math.ceil((until - ports.clock.now()) / 1000)));
  if (failure.code === 'server.busy') headers['retry-after'] = '1';
  if (failure.code === 'upload.offset' && typeof offset === 'number') headers['upload-offset'] = String(offset);
  return { status: status === 0 ? failures['server.fault'].status : status, headers, body: JSON.stringify(body) };
}

/** What HTTP itself finds wrong, in our codes; anything unforeseen is a fault of ours, with an id that leads to the log. */
function failureOf({ random, log }: Pick<Ports, 'random' | 'log'>, error: unknown): Failure {
  if (error instanceof Failure && failures[error.code].status !== 0) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const status = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    log.warn('storage full', {});
    return new Failure('server.storage', {});
  }
  if (status >= 400 && status < 500) return new Failure('request.invalid', { reason: reasons[code] ?? 'request' });
  const fault = makeId(random);
  log.warn('fault', { fault, reason: error instanceof Error ? (error.stack ?? error.message) : 'unknown' });
  return new Failure('server.fault' satisfies FailureCode, { fault });
}

const reasons: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'content-length',
  FST_ERR_CTP_INVALID_JSON_BODY: 'json',
  FST_ERR_BAD_URL: 'url',
};
