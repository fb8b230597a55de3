import { startFirefox } from '../engines/firefox-engine.ts';
import { webTests } from './web-engines.contract.ts';

webTests(startFirefox);
