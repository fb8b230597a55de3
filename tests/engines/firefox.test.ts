import { startFirefox } from './firefox-engine.ts';
import { recordingTests } from './recording.contract.ts';

recordingTests(startFirefox, { title: 'Firefox ESR', disks: ['opfs', 'indexeddb'], tellsMute: false });
