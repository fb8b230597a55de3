import { startWebKit } from '../engines/webkit-engine.ts';
import { webTests } from './web-engines.contract.ts';

webTests(startWebKit);
