import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';

let loaded: Promise<Knowledge> | undefined;

/** What the Doctor knows, as delivered. It does not change while a program runs, and reading it takes longer than most probes. */
export function knowledge(): Promise<Knowledge> {
  return (loaded ??= loadKnowledge());
}
