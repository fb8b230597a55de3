import { runHalf } from './budget.ts';

runHalf(1);
