import { devicePersonas } from './device.ts';
import { gonePersonas } from './gone.ts';
import { microphonePersonas } from './microphone.ts';
import { networkPersonas } from './network.ts';
import type { Persona } from './persona.ts';

export const personas: readonly Persona[] = [...microphonePersonas, ...networkPersonas, ...devicePersonas, ...gonePersonas];
