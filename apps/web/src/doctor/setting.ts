import type { Browser, Platform } from '@earshot/doctor/knowledge/kinds.ts';
import type { Setting } from '@earshot/doctor/engine/session.ts';

/** Which device and browser this is, by what it calls itself; null where it does not tell. A tablet of the one maker calls itself a computer. */
export function settingOf(userAgent: string, touchPoints: number): Setting {
  return { app: 'earshot', place: 'web', platform: platformOf(userAgent, touchPoints), browser: browserOf(userAgent) };
}

function platformOf(userAgent: string, touchPoints: number): Platform | null {
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'ios';
  if (userAgent.includes('Macintosh')) return touchPoints > 1 ? 'ios' : 'macos';
  if (userAgent.includes('Android')) return 'android';
  if (userAgent.includes('CrOS')) return 'chromeos';
  if (userAgent.includes('Windows')) return 'windows';
  return userAgent.includes('Linux') ? 'linux' : null;
}

function browserOf(userAgent: string): Browser | null {
  if (/Edg(?:e|A|iOS)?\//.test(userAgent)) return 'edge';
  if (/Firefox\/|FxiOS\//.test(userAgent)) return 'firefox';
  if (/Chrome\/|CriOS\//.test(userAgent)) return 'chrome';
  return userAgent.includes('Safari/') ? 'safari' : null;
}
