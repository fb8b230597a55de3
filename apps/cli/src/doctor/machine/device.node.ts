import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Finding } from '@earshot/doctor/probes/probe.ts';
import { makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Profile } from './account.node.ts';

/** Below this a device has trouble of many kinds; below the second one there is no room for a long message. Bytes. */
const ENOUGH = 1_000_000_000;
const SCANT = 50_000_000;

export async function probeRoom(dir: string): Promise<Finding<'storage-room'>> {
  const { bavail, bsize } = await statfs(existing(dir));
  const freeBytes = bavail * bsize;
  const measured = { freeBytes };
  if (freeBytes < SCANT) return { answer: 'full', code: 'device.storage', measured };
  return { answer: freeBytes < ENOUGH ? 'low' : 'enough', measured };
}

/** Whether something can be made durable in the profile, and what is in it can be read. Leaves nothing. */
export async function probeWriting(dir: string, profile: Profile | null, random: Random): Promise<Finding<'storage-writing'>> {
  if (profile === null) return { answer: 'damaged', code: 'device.storage' };
  const path = join(existing(dir), `.earshot-${makeId(random)}.tmp`);
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile('earshot');
    await file.datasync();
    return { answer: 'works' };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { answer: 'refused', code: error.code === 'ENOSPC' ? 'device.storage' : 'file.unwritable' };
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}

/** Formats beside Ogg Opus and WAV need ffmpeg. */
export function probeAudioTools(program: string, signal: AbortSignal): Promise<Finding<'audio-tools'>> {
  const child = spawn(program, ['-hide_banner', '-version'], { stdio: 'ignore', signal, killSignal: 'SIGKILL' });
  return new Promise((done) => {
    child.once('error', () => done({ answer: 'missing', code: 'audio.needs-ffmpeg' }));
    child.once('exit', (code) => done(code === 0 ? { answer: 'there' } : { answer: 'missing', code: 'audio.needs-ffmpeg' }));
  });
}

/** A profile that is not there yet will be made in the nearest folder that is. */
function existing(dir: string): string {
  return existsSync(dir) ? dir : existing(dirname(dir));
}
