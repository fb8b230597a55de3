import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8 } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Session } from '@earshot/doctor/engine/session.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { fileFailure, writeWhole } from '../files/write-file.node.ts';
import { makeProfileFolder } from '../profile/folder.node.ts';

/** How far the last visit to the Doctor had come, in the folder of the profile, whether or not an account is there. */
export async function readVisit(profile: string): Promise<Session | null> {
  const path = join(profile, 'doctor.json');
  if (!existsSync(path)) return null;
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as Partial<Session> | null;
    return kept?.version === 1 && Array.isArray(kept.happened) ? (kept as Session) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw fileFailure(error, 'file.unreadable', path);
  }
}

/** Whether it could be kept: a disk that takes nothing is no reason for the Doctor to stop. */
export async function keepVisit(profile: string, session: Session, random: Random): Promise<boolean> {
  try {
    await makeProfileFolder(profile);
    await writeWhole(join(profile, 'doctor.json'), utf8(JSON.stringify(session)), { force: true, random, mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
