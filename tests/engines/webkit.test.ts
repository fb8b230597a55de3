import { startWebKit } from './webkit-engine.ts';
import { recordingTests } from './recording.contract.ts';

recordingTests(startWebKit, { title: 'WebKitGTK', disks: ['indexeddb'], tellsMute: false });
