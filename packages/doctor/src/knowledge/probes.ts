import { bearingOf, isProbeId, probes } from '../probes/catalogue.ts';
import type { Probe, ProbeWords } from './schema.ts';

type Unlike = { readonly entry: string; readonly field: string; readonly expected: string };

/** Joins the words of each probe with what those that measure have promised, and says where the two differ. */
export function probesAsMeasured(words: readonly ProbeWords[]): { probes: Probe[]; complaints: Unlike[] } {
  const complaints: Unlike[] = [];
  const joined = words.flatMap((probe): Probe[] => {
    const { id } = probe;
    if (!isProbeId(id)) {
      complaints.push({ entry: `probes ${id}`, field: 'id', expected: `nothing measures this; there is ${Object.keys(probes).join(', ')}` });
      return [];
    }
    const [measured, written] = [Object.keys(probes[id].answers), probe.answers.map((answer) => answer.id)];
    for (const answer of new Set(measured).symmetricDifference(new Set(written)))
      complaints.push({ entry: `probes ${id}`, field: `answers ${answer}`, expected: `the answers measured are ${measured.join(', ')}` });
    const answers = probe.answers.map((answer) => ({ ...answer, fine: bearingOf(id, answer.id) === 'fine' }));
    return [{ ...probe, answers, where: probes[id].where, seconds: probes[id].seconds }];
  });
  return { probes: joined, complaints };
}
