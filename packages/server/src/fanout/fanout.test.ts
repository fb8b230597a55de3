import { fanOutContract } from './fanout.contract.ts';
import { MemoryFanOut } from './memory.ts';

fanOutContract('memory', () => Promise.resolve(new MemoryFanOut()));
