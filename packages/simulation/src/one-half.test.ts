import { runHalf } from './budget.ts';

runHalf(0);
