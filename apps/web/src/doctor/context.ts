import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { assert } from '@earshot/base/assert.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import type { DoctorWords } from '../words/doctor-words.ts';
import type { DoctorPorts } from './ports.ts';
import type { Visit } from './visit.ts';

/** What every view of the Doctor uses. */
export interface Around {
  readonly ports: DoctorPorts;
  readonly knowledge: Knowledge;
  readonly visit: Visit;
  readonly said: DoctorWords;
}

const Context = createContext<Around | null>(null);
export const DoctorContext = Context.Provider;

export function useDoctor(): Around {
  const around = useContext(Context);
  assert(around, 'a view of the Doctor is drawn outside of it');
  return around;
}
