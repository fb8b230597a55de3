import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8 } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Session } from '@earshot/doctor/engine/session.ts';
import { fileFailure, writeWhole } from '../files/write-file.node.ts';

/** How far the last visit to the Doctor had come, in the profile. Without a profile nothing is kept. */
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

export async function keepVisit(profile: string, session: Session, random: Random): Promise<void> {
  if (existsSync(profile)) await writeWhole(join(profile, 'doctor.json'), utf8(JSON.stringify(session)), { force: true, random, mode: 0o600 });
}
