import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionRow } from '@earshot/client/account/session.ts';
import { openProfileStore } from '@earshot/client/connect.node.ts';
import { listRows } from '@earshot/client/outbox/rows.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import type { Api } from '@earshot/client/wire/api.ts';
import type { Finding } from '@earshot/doctor/probes/probe.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';

/** What a profile knows of its account, read beside whatever works with it. */
export interface Profile {
  readonly session: SessionRow | null;
  readonly waiting: number;
  readonly refused: number;
  /** Why the server refused what it refused, and when that was made (milliseconds since 1970). */
  readonly failures: readonly { readonly code: FailureCode; readonly made: number }[];
}

const nobody: Profile = { session: null, waiting: 0, refused: 0, failures: [] };

/** Null when the profile's database cannot be read, or its passphrase does not open it. */
export async function readProfile(dir: string, passphrase: string | null): Promise<Profile | null> {
  if (!existsSync(join(dir, 'earshot.db'))) return nobody;
  try {
    const { store } = await openProfileStore({ dir, passphrase });
    try {
      const session = ((await store.get(keys.session)) as SessionRow | undefined) ?? null;
      // Receipts and settings go their way unseen; what people wait for is messages.
      const rows = (await listRows(store, session?.person ?? null)).filter(({ event }) => event?.body.kind === 'message');
      const waiting = rows.filter(({ state }) => state.at === 'released' || state.at === 'posted').length;
      const failures = rows.flatMap(({ state, made }) => (state.at === 'set-aside' ? [{ code: state.code, made }] : []));
      return { session, waiting, refused: failures.length, failures };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof Failure || (error instanceof Error && 'errcode' in error)) return null;
    throw error;
  }
}

/** Asks the server with the profile's own session. */
export async function probeSignIn(profile: Profile | null, api: Api): Promise<Finding<'sign-in'>> {
  const session = profile?.session ?? null;
  if (session === null) return { answer: 'signed-out' };
  if (session.ended !== null) return endOf(session.ended);
  try {
    await api.call('me');
    return { answer: 'signed-in' };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return endOf(error.code);
  }
}

function endOf(code: FailureCode): Finding<'sign-in'> {
  if (code === 'account.disabled') return { answer: 'disabled', code };
  return code.startsWith('session.') ? { answer: 'revoked', code } : { answer: 'unknown' };
}

export function waitingOf(profile: Profile | null): Finding<'waiting-messages'> {
  if (profile === null) return { answer: 'unknown' };
  const measured = { waiting: profile.waiting, refused: profile.refused };
  return { answer: profile.refused > 0 ? 'refused' : profile.waiting > 0 ? 'waiting' : 'none', measured };
}
