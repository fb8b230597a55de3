import { failures } from '@earshot/protocol/failure-entries.ts';
import { en } from './en.ts';
import type { Speech } from './speech.ts';

export const english: Speech = { catalogue: en, more: async () => (await import('./more-en.ts')).moreEn, failures };
