import { seededRandom } from '@earshot/base/random.ts';
import { createDoctor } from '../engine/doctor.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import { faults } from './faults.ts';
import type { Persona } from './persona.ts';
import { walkAtRandom } from './random-walk.ts';
import { visit } from './visit.ts';
import { movesOfPerfectWalker, movesOfWalker } from './walker.ts';

export interface Measured {
  readonly visits: number;
  /** Shares of all visits, 0 to 1. */
  readonly named: number;
  readonly fewerMoves: number;
  readonly fewerThanPerfect: number;
  /** Means over all visits. */
  readonly moves: number;
  readonly walkerMoves: number;
  readonly perfectMoves: number;
  readonly violations: readonly string[];
  /** Persona, and what was named instead, for each visit that went wrong. */
  readonly wrong: readonly string[];
}

/** Sends each persona `times` times, each time with other mistakes among her answers. */
export function measure(knowledge: Knowledge, personas: readonly Persona[], times: number): Measured {
  const doctor = createDoctor(knowledge);
  const each = personas.flatMap((persona) =>
    Array.from({ length: times }, (_, time) => {
      const { end, moves, violations } = visit(knowledge, doctor, persona, seededRandom(seedOf(persona.id, time)));
      const walker = movesOfWalker(persona, seededRandom(seedOf(`${persona.id} walks`, time)));
      const named = end.suspects[0]?.cause ?? 'nothing';
      const right: readonly string[] = faults[persona.fault];
      return { persona: persona.id, named, right: right.includes(named), moves, walker, perfect: movesOfPerfectWalker(persona), violations };
    }),
  );
  const share = (of: (one: (typeof each)[number]) => boolean): number => each.filter(of).length / each.length;
  const mean = (of: (one: (typeof each)[number]) => number): number => each.reduce((sum, one) => sum + of(one), 0) / each.length;
  return {
    visits: each.length,
    named: share(({ right }) => right),
    fewerMoves: share(({ moves, walker }) => moves < walker),
    fewerThanPerfect: share(({ moves, perfect }) => moves < perfect),
    moves: mean(({ moves }) => moves),
    walkerMoves: mean(({ walker }) => walker),
    perfectMoves: mean(({ perfect }) => perfect),
    violations: each.flatMap(({ persona, violations }) => violations.map((violation) => `${persona}: ${violation}`)),
    wrong: each.filter(({ right }) => !right).map(({ persona, named }) => `${persona}: ${named}`),
  };
}

/** Violations of safety over so many walks with answers at random. */
export function walkMany(knowledge: Knowledge, walks: number): string[] {
  const doctor = createDoctor(knowledge);
  return Array.from({ length: walks }, (_, seed) => walkAtRandom(knowledge, doctor, seededRandom(seed)).violations.map((violation) => `walk ${seed}: ${violation}`)).flat();
}

function seedOf(text: string, time: number): number {
  let hash = 2166136261 + time;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619) >>> 0;
  return hash;
}
