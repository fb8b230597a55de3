/** What an answer means for whoever reads it: nothing is wrong, something could be better, something is in the way. */
export type Bearing = 'fine' | 'hint' | 'trouble';

interface ProbeEntry {
  readonly where: readonly ('web' | 'cli' | 'server')[];
  /** Longest that it takes, in seconds. All automatic probes of one place run beside one another. */
  readonly seconds: number;
  readonly answers: Readonly<Record<string, Bearing>>;
}

/**
 * Every question that a machine can answer by itself, with all of its answers. The closed list is the contract between the adapters
 * that measure, the knowledge that concludes, and the bundle that is shared; what each of them means in words is in the knowledge.
 *
 * Beside these answers each probe may say `unknown`: this place cannot find it out. It is evidence of nothing.
 */
export const probes = {
  // Between a mouth and the disk
  'microphone-permission': { where: ['web'], seconds: 1, answers: { granted: 'fine', ask: 'hint', denied: 'trouble', policy: 'trouble', insecure: 'trouble', unsupported: 'trouble' } },
  /** Kept on the device: how the permission changed. `flips`: lost at least twice without the person's doing. */
  'permission-history': { where: ['web'], seconds: 1, answers: { steady: 'fine', 'lost-once': 'hint', 'lost-after-update': 'trouble', flips: 'trouble' } },
  microphones: { where: ['web'], seconds: 1, answers: { one: 'fine', several: 'fine', none: 'trouble' } },
  /** Which one is used, by what its name tells. `other`: another one than last time. */
  'microphone-in-use': { where: ['web'], seconds: 5, answers: { same: 'fine', other: 'hint', wireless: 'hint', gone: 'trouble' } },
  /** Speaking for a few seconds, through all stages, to the disk and back. */
  'microphone-sound': {
    where: ['web'], seconds: 12,
    answers: {
      good: 'fine', room: 'fine', quiet: 'trouble', clipping: 'trouble', muffled: 'trouble', dropouts: 'trouble', silent: 'trouble', muted: 'trouble', 'no-frames': 'trouble', 'wrong-rate': 'trouble', busy: 'trouble', ended: 'trouble', 'not-allowed': 'trouble', none: 'trouble',
    },
  },
  /** Whether each stage took what the one before gave it. */
  'recording-stages': { where: ['web'], seconds: 12, answers: { whole: 'fine', encoder: 'trouble', disk: 'trouble', capture: 'trouble' } },
  encoder: { where: ['web', 'cli'], seconds: 3, answers: { works: 'fine', slow: 'hint', broken: 'trouble' } },
  playback: { where: ['web'], seconds: 2, answers: { runs: 'fine', blocked: 'hint', 'no-output': 'trouble', broken: 'trouble' } },
  // The device
  'storage-room': { where: ['web', 'cli'], seconds: 2, answers: { enough: 'fine', low: 'hint', full: 'trouble' } },
  'storage-writing': { where: ['web', 'cli'], seconds: 3, answers: { works: 'fine', refused: 'trouble', damaged: 'trouble' } },
  /** Whether the browser may throw everything away by itself. */
  'storage-kept': { where: ['web'], seconds: 1, answers: { kept: 'fine', 'at-will': 'hint' } },
  'app-version': { where: ['web', 'cli'], seconds: 2, answers: { current: 'fine', waiting: 'hint', old: 'trouble' } },
  'offline-worker': { where: ['web'], seconds: 1, answers: { active: 'fine', none: 'hint', unsupported: 'hint' } },
  'system-change': { where: ['web'], seconds: 1, answers: { none: 'fine', updated: 'hint' } },
  'browser-features': { where: ['web'], seconds: 1, answers: { all: 'fine', 'slower-ways': 'hint', missing: 'trouble' } },
  clock: { where: ['web', 'cli', 'server'], seconds: 5, answers: { right: 'fine', behind: 'trouble', ahead: 'trouble' } },
  // Each capability towards the server apart
  'server-reach': { where: ['web', 'cli', 'server'], seconds: 8, answers: { answers: 'fine', offline: 'trouble', unreachable: 'trouble', stalled: 'trouble', portal: 'trouble', foreign: 'trouble', down: 'trouble' } },
  'server-status': { where: ['web', 'cli', 'server'], seconds: 8, answers: { good: 'fine', trouble: 'hint', full: 'trouble', incident: 'trouble' } },
  'sign-in': { where: ['web', 'cli'], seconds: 8, answers: { 'signed-in': 'fine', 'signed-out': 'hint', revoked: 'trouble', disabled: 'trouble' } },
  'small-requests': { where: ['web', 'cli'], seconds: 8, answers: { pass: 'fine', stopped: 'trouble' } },
  /** What sound travels in. Filters tell themselves by what they stop: the size, the type of content, the method. */
  uploads: { where: ['web', 'cli'], seconds: 8, answers: { pass: 'fine', 'stopped-by-size': 'trouble', 'stopped-by-type': 'trouble', 'stopped-by-method': 'trouble', stopped: 'trouble' } },
  downloads: { where: ['web', 'cli'], seconds: 8, answers: { pass: 'fine', stopped: 'trouble', damaged: 'trouble' } },
  'live-connection': { where: ['web', 'cli'], seconds: 8, answers: { opens: 'fine', stopped: 'hint' } },
  push: { where: ['web'], seconds: 3, answers: { on: 'fine', 'off-here': 'hint', denied: 'hint', 'off-there': 'hint', unsupported: 'hint', lapsed: 'trouble' } },
  /** Verdict for voice: `live` keeps up with speaking, `later` arrives after a wait, `poor` takes minutes for a sentence. */
  throughput: { where: ['web', 'cli'], seconds: 8, answers: { live: 'fine', later: 'hint', poor: 'trouble' } },
  'packet-loss': { where: ['web', 'cli'], seconds: 8, answers: { steady: 'fine', uneven: 'hint', lossy: 'trouble' } },
  /** The same link, measured before and after another network was chosen. */
  'network-change': { where: ['web'], seconds: 8, answers: { same: 'fine', better: 'hint', worse: 'hint' } },
  // What was to be sent, and to whom
  'waiting-messages': { where: ['web', 'cli'], seconds: 2, answers: { none: 'fine', waiting: 'hint', refused: 'trouble' } },
  /** The conversation one came from, against one's own notes. */
  conversation: { where: ['web', 'cli'], seconds: 3, answers: { open: 'fine', closed: 'trouble', 'only-this': 'trouble', all: 'trouble' } },
  recipient: { where: ['web', 'cli'], seconds: 5, answers: { reached: 'fine', away: 'hint', 'no-device': 'hint', storage: 'trouble', version: 'trouble', damaged: 'trouble' } },
  // What only a program outside of a browser can see of the way
  'name-resolution': { where: ['cli'], seconds: 5, answers: { found: 'fine', 'no-such-name': 'trouble', 'no-answer': 'trouble' } },
  connecting: { where: ['cli'], seconds: 8, answers: { opens: 'fine', refused: 'trouble', unreachable: 'trouble', silent: 'trouble' } },
  certificate: { where: ['cli', 'server'], seconds: 5, answers: { good: 'fine', 'ends-soon': 'hint', expired: 'trouble', 'not-yet-valid': 'trouble', 'self-signed': 'trouble', 'wrong-name': 'trouble', none: 'hint' } },
  proxy: { where: ['cli'], seconds: 5, answers: { none: 'fine', passes: 'fine', refuses: 'trouble' } },
  'audio-tools': { where: ['cli'], seconds: 3, answers: { there: 'fine', missing: 'hint' } },
  // The machine of a server, for its operator
  'data-folder': { where: ['server'], seconds: 2, answers: { usable: 'fine', missing: 'trouble', unwritable: 'trouble', open: 'hint' } },
  'server-disk': { where: ['server'], seconds: 2, answers: { enough: 'fine', low: 'hint', full: 'trouble' } },
  database: { where: ['server'], seconds: 9, answers: { sound: 'fine', damaged: 'trouble', newer: 'trouble', missing: 'trouble' } },
  backup: { where: ['server'], seconds: 2, answers: { fresh: 'fine', old: 'hint', failing: 'trouble', 'none-known': 'hint' } },
  'push-service': { where: ['server'], seconds: 2, answers: { on: 'fine', off: 'hint', failing: 'trouble' } },
  limits: { where: ['server'], seconds: 2, answers: { roomy: 'fine', near: 'hint', reached: 'trouble' } },
} as const satisfies Record<string, ProbeEntry>;

export type ProbeId = keyof typeof probes;
export type AnswerOf<P extends ProbeId> = (keyof (typeof probes)[P]['answers'] & string) | 'unknown';

export function isProbeId(text: string): text is ProbeId {
  return Object.hasOwn(probes, text);
}

/** What the answer of a probe means; `unknown` and answers that it does not have mean nothing. */
export function bearingOf(probe: ProbeId, answer: string): Bearing | null {
  const answers: Readonly<Record<string, Bearing>> = probes[probe].answers;
  return Object.hasOwn(answers, answer) ? (answers[answer] ?? null) : null;
}
