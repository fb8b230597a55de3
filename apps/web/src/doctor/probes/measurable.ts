import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';

/** Everything that a page can find out by itself, in the order in which it is shown. */
export const measurable: readonly ProbeId[] = [
  'microphone-permission', 'microphones', 'microphone-sound', 'microphone-in-use', 'recording-stages', 'permission-history', 'encoder', 'playback',
  'storage-room', 'storage-writing', 'storage-kept', 'browser-features', 'app-version', 'offline-worker', 'system-change', 'clock',
  'server-reach', 'server-status', 'sign-in', 'small-requests', 'uploads', 'downloads', 'live-connection', 'push', 'throughput', 'packet-loss', 'network-change',
  'waiting-messages', 'conversation', 'recipient',
];
