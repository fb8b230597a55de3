import { germanFailures } from './de-failures.ts';
import { de } from './de.ts';
import type { Speech } from './speech.ts';

export const german: Speech = { catalogue: de, more: async () => (await import('./more-de.ts')).moreDe, failures: germanFailures };
