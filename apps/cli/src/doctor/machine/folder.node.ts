import { existsSync } from 'node:fs';
import type { Finding } from '@earshot/doctor/probes/probe.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { type Signs, readSigns } from '@earshot/server/check/signs.node.ts';
import { ROOM_NEEDED } from '@earshot/server/status/judge.ts';
import type { Machine } from '@earshot/server/status/machine.ts';
import { isFull } from '@earshot/server/status/vitals.ts';

/** Below this a disk is full within days on a busy server. Bytes. */
const ENOUGH = 2_000_000_000;
/** A clock that is behind the data by more than this was set back. Milliseconds. */
const BACK = 30_000;
/** From this part of a limit on somebody is close to it. */
const NEAR = 0.8;

/** What can be seen of a data folder; null when there is none, or when it may not be looked at. Fails with `restore.unfinished`. */
export function lookAt(dataDir: string): Signs | null {
  try {
    return readSigns(dataDir);
  } catch (error) {
    if (error instanceof Failure && error.code !== 'restore.unfinished') return null;
    throw error;
  }
}

export function folderOf(dataDir: string, signs: Signs | null): Finding<'data-folder'> {
  if (!existsSync(dataDir)) return { answer: 'missing', code: 'file.unreadable' };
  if (signs === null || signs.folder.some(({ code }) => code === 'folder.unwritable')) return { answer: 'unwritable', code: 'server.data-unwritable' };
  return { answer: signs.folder.some(({ code }) => code === 'folder.open') ? 'open' : 'usable' };
}

/** Room, and whether something can be made durable there: a disk may be full for this user only. */
export async function probeDisk(machine: Pick<Machine, 'room' | 'write'>): Promise<Finding<'server-disk'>> {
  const freeBytes = await machine.room();
  const measured = freeBytes === null ? {} : { freeBytes };
  const full = await machine.write().then(() => false, isFull);
  if (full || (freeBytes !== null && freeBytes < ROOM_NEEDED)) return { answer: 'full', code: 'server.storage', measured };
  return { answer: freeBytes !== null && freeBytes < ENOUGH ? 'low' : 'enough', measured };
}

export function databaseOf(signs: Signs | null): Finding<'database'> {
  switch (signs?.database) {
    case 'sound':
      return { answer: 'sound' };
    case 'newer':
      return { answer: 'newer', code: 'server.data-newer' };
    case 'missing':
      return { answer: 'missing', code: 'server.data-damaged' };
    case 'damaged':
      return { answer: 'damaged', code: 'server.data-damaged' };
    case 'none':
    case undefined:
      return { answer: 'unknown' };
  }
}

/** A clock is behind when the data is from its future. That it is ahead nobody here can tell. */
export function serverClockOf(signs: Signs | null, certificateBegins: number | null, now: number): Finding<'clock'> {
  const latest = Math.max(signs?.life?.alive ?? 0, certificateBegins ?? 0);
  if (latest === 0) return { answer: 'unknown' };
  const measured = { behindSeconds: Math.max(0, Math.round((latest - now) / 1000)) };
  return latest - now > BACK ? { answer: 'behind', code: 'device.clock', measured } : { answer: 'right', measured };
}

export function limitsOf(signs: Signs | null): Finding<'limits'> {
  if (!signs?.life) return { answer: 'unknown' };
  const part = signs.life.mostUsed / limits.quotaBytes;
  const measured = { mostUsedPercent: Math.floor(part * 100) };
  if (part >= 1) return { answer: 'reached', code: 'quota.full', measured };
  return { answer: part >= NEAR ? 'near' : 'roomy', measured };
}

export function pushOf(signs: Signs | null, push: 'on' | 'off'): Finding<'push-service'> {
  if (push === 'off') return { answer: 'off' };
  return signs?.life?.standing.includes('push.failed') === true ? { answer: 'failing', code: 'server.incident' } : { answer: 'on' };
}
