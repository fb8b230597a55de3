import { startChromium } from '../engines/chromium-engine.ts';
import { webTests } from './web-engines.contract.ts';

webTests(startChromium);
