import { startChromium } from './chromium-engine.ts';
import { recordingTests } from './recording.contract.ts';

recordingTests(startChromium, { title: 'Chromium', disks: ['opfs', 'indexeddb'], tellsMute: true });
