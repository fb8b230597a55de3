import { type PermissionSeen, withSeen } from '@earshot/doctor/probes/permission-history.ts';
import type { Preferences } from '../shell/preferences.ts';

const HISTORY = 'doctor.permission';

/** What the browser says without asking anybody; null where it does not tell. */
export async function permissionNow(): Promise<PermissionSeen['state'] | null> {
  try {
    const { state } = await navigator.permissions.query({ name: 'microphone' });
    return state === 'prompt' ? 'ask' : state;
  } catch {
    return null;
  }
}

/** Browser and system without what changes from one day to the next: enough to see an update, too little to know a person by. */
export function systemName(): string {
  const { userAgent } = navigator;
  const browser = /(?:Firefox|Edg|Chrome|Version)\/(\d+)/.exec(userAgent)?.[0] ?? '';
  const system = /\(([^)]*)\)/.exec(userAgent)?.[1] ?? '';
  return `${browser} ${system}`;
}

export function readHistory(preferences: Preferences): readonly PermissionSeen[] {
  const text = preferences.read(HISTORY);
  if (text === null) return [];
  try {
    const history: unknown = JSON.parse(text);
    return Array.isArray(history) ? history.filter(isSeen) : [];
  } catch {
    return [];
  }
}

/** Notes the permission now and whenever it changes, for as long as the page is open. */
export async function watchPermission(preferences: Preferences, now: () => number): Promise<void> {
  const note = async (): Promise<void> => {
    const state = await permissionNow();
    if (state !== null) preferences.write(HISTORY, JSON.stringify(withSeen(readHistory(preferences), { at: now(), state, system: systemName() })));
  };
  await note();
  try {
    const status = await navigator.permissions.query({ name: 'microphone' });
    status.addEventListener('change', () => void note());
  } catch {
    // This browser does not tell of changes: what was noted at the start has to do.
  }
}

function isSeen(entry: unknown): entry is PermissionSeen {
  return typeof entry === 'object' && entry !== null && 'at' in entry && 'system' in entry && 'state' in entry && (entry.state === 'granted' || entry.state === 'ask' || entry.state === 'denied');
}
