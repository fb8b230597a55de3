import type { Preferences } from '../shell/preferences.ts';

/** What a test of the microphone found: kept on the device without the sound, so that a microphone that grows worse is seen. */
export interface TestNoted {
  readonly at: number;
  readonly answer: string;
  readonly loudestDb: number;
}

const TESTS = 'doctor.tests';
const REMIND = 'doctor.remind';
/** A year of them. */
const KEPT = 12;
const MONTH = 30 * 86_400_000;

export function noteTest(preferences: Preferences, test: TestNoted): void {
  preferences.write(TESTS, JSON.stringify([...tests(preferences), test].slice(-KEPT)));
}

export function lastTest(preferences: Preferences): TestNoted | null {
  return tests(preferences).at(-1) ?? null;
}

/** Off unless she turned it on; counted from when she did, or from the last test. */
export function isReminding(preferences: Preferences): boolean {
  return preferences.read(REMIND) !== null;
}

export function remind(preferences: Preferences, on: boolean, now: number): void {
  preferences.write(REMIND, on ? String(now) : null);
}

/** Whether it is time to be reminded. Once reminded, thirty days pass again. */
export function isTestDue(preferences: Preferences, now: number): boolean {
  const since = Number(preferences.read(REMIND) ?? Number.NaN);
  return now - Math.max(since, lastTest(preferences)?.at ?? 0) >= MONTH;
}

function tests(preferences: Preferences): readonly TestNoted[] {
  try {
    const stored: unknown = JSON.parse(preferences.read(TESTS) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isNoted) : [];
  } catch {
    return [];
  }
}

function isNoted(value: unknown): value is TestNoted {
  return typeof value === 'object' && value !== null && 'at' in value && typeof value.at === 'number' && 'answer' in value && typeof value.answer === 'string' && 'loudestDb' in value && typeof value.loudestDb === 'number';
}
