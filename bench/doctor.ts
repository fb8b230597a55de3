import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import { personas } from '@earshot/doctor/personas/everybody.ts';
import { measure, walkMany } from '@earshot/doctor/personas/measure.ts';
import { heldOut } from '@earshot/doctor/personas/persona.ts';
import type { Row } from './table.ts';

/** Each persona comes so often, each time with other mistakes among her answers. */
const times = 25;
const walks = 10_000;

/** Whether the Doctor names the right cause, how much it asks for that, and whether it is ever unsafe. */
export async function measureDoctor(): Promise<Row[]> {
  const knowledge = await loadKnowledge();
  const all = measure(knowledge, personas, times);
  const known = measure(knowledge, personas.filter((persona) => !heldOut(persona)), times); // prettier-ignore
  const held = measure(knowledge, personas.filter(heldOut), times);
  const unsafe = [...all.violations, ...walkMany(knowledge, walks)];
  const percent = (what: string, share: number, aim: number, note: string): Row => ({ what, measured: share * 100, unit: '%', aim, better: 'higher', note });
  return [
    percent('right cause named, personas tuned on', known.named, 95, `${known.visits} visits`),
    percent('right cause named, personas held out', held.named, 90, `${held.visits} visits`),
    percent('right cause named, all personas', all.named, 95, `${all.visits} visits`),
    percent('fewer moves than walking the inventory', all.fewerMoves, 90, `${all.moves.toFixed(1)} on average, against ${all.walkerMoves.toFixed(1)}`),
    { what: 'safety rules violated', measured: unsafe.length, unit: '', aim: null, better: 'lower', note: unsafe[0] ?? `${all.visits} visits and ${walks} walks at random` },
  ];
}
