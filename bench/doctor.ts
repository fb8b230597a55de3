import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import { personas } from '@earshot/doctor/personas/everybody.ts';
import { measure, type Measured, walkMany } from '@earshot/doctor/personas/measure.ts';
import { heldOut } from '@earshot/doctor/personas/persona.ts';
import type { Row } from './table.ts';

/** Each persona comes so often, each time with other mistakes among her answers. */
const times = 25;
const walks = 10_000;

/** Whether the Doctor names the right cause, how much it asks for that, and whether it is ever unsafe. */
export async function measureDoctor(): Promise<Row[]> {
  const knowledge = await loadKnowledge();
  const [held, known] = [personas.filter(heldOut), personas.filter((persona) => !heldOut(persona))].map((some) => measure(knowledge, some, times));
  if (held === undefined || known === undefined) throw new Error('both kinds were measured');
  const unsafe = [...held.violations, ...known.violations, ...walkMany(knowledge, walks)];
  const visits = held.visits + known.visits;
  const overall = (of: (one: Measured) => number): number => (of(held) * held.visits + of(known) * known.visits) / visits;
  const against = (walked: (one: Measured) => number): string => `${overall(({ moves }) => moves).toFixed(1)} on average, against ${overall(walked).toFixed(1)}`;
  const percent = (what: string, share: number, aim: number, note: string): Row => ({ what, measured: share * 100, unit: '%', aim, better: 'higher', note });
  return [
    percent('right cause named, personas tuned on', known.named, 95, `${known.visits} visits`),
    percent('right cause named, personas held out', held.named, 90, `${held.visits} visits`),
    percent('right cause named, all personas', overall(({ named }) => named), 95, `${visits} visits`),
    percent('fewer moves than a walk of the inventory by somebody who errs as often', overall(({ fewerMoves }) => fewerMoves), 90, against(({ walkerMoves }) => walkerMoves)),
    percent('fewer moves than a walk without a mistake, spared the other tree', overall(({ fewerThanPerfect }) => fewerThanPerfect), 90, against(({ perfectMoves }) => perfectMoves)),
    { what: 'safety rules violated', measured: unsafe.length, unit: '', aim: null, better: 'lower', note: unsafe[0] ?? `${visits} visits and ${walks} walks at random` },
  ];
}
