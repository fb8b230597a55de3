import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Page } from 'playwright-core';
import { RATE, room } from '../corpus/sound.ts';
import type { Sound } from '../corpus/sound.ts';
import { faults } from '../corpus/faults.ts';
import { seededRandom } from '@earshot/base/random.ts';

declare global {
  interface Window {
    /** The take of a case. */
    take: string;
    /** Takes a harm back, so that what was kept can be read. */
    restore?: () => void;
    /** Milliseconds for which the browser's sound stood still. */
    stood?: () => number;
  }
}

/** What became of a recording. */
export type Outcome = 'refused before anyone speaks' | 'paused, what was said is kept' | 'repaired, recording goes on' | 'said, recording goes on' | 'nothing is said';

/** One fault, and what has to come of it. */
export interface FaultCase {
  readonly fault: string;
  /** Whether the browser is really in that state, or does what it would do then. */
  readonly made: 'really' | 'in its place';
  readonly code: FailureCode | null;
  readonly outcome: Outcome;
  /** Which browser; one with beeps and every permission where it does not say. */
  readonly browser?: 'bare' | 'asking' | 'denying';
  readonly insecure?: true;
  /** Run in the page before anything of it, and before the script of the worker. */
  readonly page?: string;
  readonly worker?: string;
  /** Files that are not there. */
  readonly missing?: string;
  /** Done to the page before the start, and while it records. */
  readonly before?: (page: Page) => Promise<unknown>;
  readonly harm?: (page: Page) => Promise<unknown>;
  /** What the microphone hears, made of a person's speech. */
  readonly sound?: (speech: Sound) => Sound;
  /** Device id that is asked for. */
  readonly microphone?: string;
}

export const THIRD_PATH = '/third-of-samples.js';

const REFUSED = 'refused before anyone speaks';
const PAUSED = 'paused, what was said is kept';
const REPAIRED = 'repaired, recording goes on';
const SAID = 'said, recording goes on';

const refuse = (name: string): string => `navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '${name}'); };`;
const without = (path: string): string => `{ const names = '${path}'.split('.'); const last = names.pop(); delete names.reduce((at, name) => at[name], globalThis)[last]; }`;

/** By an audio graph, as where a track gives no sound by itself: what can go wrong there cannot elsewhere. */
const byGraph = (script: string): string => `${without('MediaStreamTrackProcessor')} ${script}`;

const atStart: readonly FaultCase[] = [
  { fault: 'no microphone is connected', made: 'really', browser: 'bare', code: 'mic.none', outcome: REFUSED },
  { fault: 'the chosen microphone is gone', made: 'really', microphone: 'gone', code: 'mic.none', outcome: REFUSED },
  { fault: 'the question about the microphone is closed', made: 'in its place', browser: 'asking', page: refuse('NotAllowedError'), code: 'mic.dismissed', outcome: REFUSED },
  { fault: 'the microphone was denied to the page', made: 'really', browser: 'denying', before: deny, code: 'mic.denied', outcome: REFUSED },
  { fault: 'a policy of the page forbids the microphone', made: 'in its place', page: refuse('SecurityError'), code: 'mic.denied', outcome: REFUSED },
  { fault: 'another program has the microphone', made: 'in its place', page: refuse('NotReadableError'), code: 'mic.busy', outcome: REFUSED },
  { fault: 'the device fails while it is opened', made: 'in its place', page: refuse('AbortError'), code: 'mic.busy', outcome: REFUSED },
  { fault: 'the page came over plain HTTP', made: 'really', insecure: true, code: 'mic.insecure', outcome: REFUSED },
  { fault: 'the browser knows no microphones', made: 'in its place', page: without('MediaDevices.prototype.getUserMedia'), code: 'mic.unsupported', outcome: REFUSED },
  { fault: 'the browser has no Web Audio', made: 'in its place', page: without('AudioContext'), code: 'mic.unsupported', outcome: REFUSED },
  { fault: 'the browser has no WebAssembly', made: 'in its place', page: without('WebAssembly'), code: 'mic.unsupported', outcome: REFUSED },
  { fault: 'the sound system has no 48 kHz', made: 'in its place', page: byGraph(`Object.defineProperty(BaseAudioContext.prototype, 'sampleRate', { get: () => 44_100 });`), code: 'mic.unsupported', outcome: REFUSED },
  { fault: 'the microphone is on, and no frame comes', made: 'really', page: 'MediaStreamTrackProcessor = class { readable = new ReadableStream(); };', code: 'mic.no-frames', outcome: REFUSED },
  { fault: 'no disk: neither files nor the database', made: 'in its place', worker: `delete StorageManager.prototype.getDirectory; IDBFactory.prototype.open = () => { throw new DOMException('', 'InvalidStateError'); };`, code: 'recorder.storage', outcome: REFUSED },
  { fault: 'the disk does not answer', made: 'in its place', worker: 'StorageManager.prototype.getDirectory = () => new Promise(() => {});', code: 'recorder.storage-stuck', outcome: REFUSED },
  { fault: 'no room on the disk', made: 'in its place', worker: 'StorageManager.prototype.estimate = async () => ({ quota: 500_000, usage: 0 });', code: 'recorder.storage', outcome: REFUSED },
  { fault: 'the script of the worker is missing', made: 'really', missing: '**/recorder.worker.js', code: 'recorder.pipeline', outcome: REFUSED },
  { fault: 'the codec is missing', made: 'really', missing: '**/*.wasm', code: 'recorder.pipeline', outcome: REFUSED },
  { fault: 'the script of the worklet is missing', made: 'really', page: byGraph(loadFirst('/not-there.js')), code: 'recorder.pipeline', outcome: REFUSED },
  { fault: 'another window records this take', made: 'really', before: recordElsewhere, code: 'recorder.elsewhere', outcome: REFUSED },
];

const slower = speaking([
  { fault: 'no sound out of the track itself', page: byGraph('') },
  { fault: 'no AudioWorklet', page: `${byGraph(without('AudioWorkletNode'))} Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined });` },
  { fault: 'no file system of its own (OPFS)', worker: without('StorageManager.prototype.getDirectory') },
  { fault: 'no WebAssembly SIMD', worker: 'WebAssembly.validate = () => false;' },
  { fault: 'no Web Locks', page: `Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });` },
].map((one) => ({ ...one, made: 'in its place', code: null, outcome: 'nothing is said' })));

const heard: readonly FaultCase[] = [
  { fault: 'nothing but zeros', code: 'mic.silent', ...spoilt('nothing but zeros from the start') },
  { fault: 'speech at -70 dBFS', code: 'mic.quiet', ...spoilt('speech at -70 dBFS') },
  { fault: 'only the room', code: 'mic.background', sound: () => room(12 * RATE, -70, seededRandom(7)) },
  { fault: '20 dB over full scale', code: 'mic.clipping', ...spoilt('20 dB over full scale') },
  { fault: '400 ms of zeros in speech', code: 'mic.dropouts', ...spoilt('400 ms of zeros') },
  { fault: 'nothing above 3.4 kHz', code: 'mic.narrow-band', ...spoilt('nothing above 3.4 kHz') },
  { fault: '16 kHz as if it were 48 kHz', code: 'mic.wrong-rate', sound: (speech: Sound) => speech, page: byGraph(loadFirst(THIRD_PATH)) },
].map((one) => ({ made: 'really', outcome: SAID, ...one } as FaultCase));

const inMidTake = speaking([
  { fault: 'the microphone ends; another can be had', made: 'in its place', harm: (page) => onTrack(page, 'ended'), code: 'mic.ended', outcome: REPAIRED },
  { fault: 'the microphone ends; none can be had', made: 'in its place', harm: async (page) => { await nothingLeft(page); await onTrack(page, 'ended'); }, code: 'mic.ended', outcome: PAUSED },
  { fault: 'the system mutes the microphone; another can be had', made: 'in its place', harm: (page) => onTrack(page, 'mute'), code: 'mic.muted', outcome: REPAIRED },
  { fault: 'the system mutes the microphone; none can be had', made: 'in its place', harm: async (page) => { await nothingLeft(page); await onTrack(page, 'mute'); }, code: 'mic.muted', outcome: PAUSED },
  { fault: 'the microphone is muted from the start', made: 'in its place', page: `Object.defineProperty(MediaStreamTrack.prototype, 'muted', { get: () => true });`, harm: nothingLeft, code: 'mic.muted', outcome: PAUSED },
  { fault: 'frames stop; the microphone can be opened anew', made: 'really', page: byGraph(keepSources()), harm: cutOff, code: 'mic.no-frames', outcome: REPAIRED },
  { fault: 'frames stop; no microphone can be had', made: 'really', page: byGraph(keepSources()), harm: async (page) => { await nothingLeft(page); await cutOff(page); }, code: 'mic.no-frames', outcome: PAUSED },
  { fault: 'the disk refuses a write', made: 'in its place', harm: (page) => inWorker(page, `FileSystemSyncAccessHandle.prototype.write = () => { throw new DOMException('', 'QuotaExceededError'); };`), code: 'recorder.storage', outcome: PAUSED },
  { fault: 'room for some minutes is left', made: 'in its place', worker: 'StorageManager.prototype.estimate = async () => ({ quota: 2_500_000, usage: 0 });', code: 'recorder.storage-low', outcome: SAID },
  { fault: 'the page gets out of sight', made: 'in its place', harm: (page) => inPage(page, `Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true }); document.dispatchEvent(new Event('visibilitychange'));`), code: 'recorder.hidden', outcome: PAUSED },
  { fault: 'the page is frozen', made: 'in its place', harm: (page) => inPage(page, `document.dispatchEvent(new Event('freeze'));`), code: 'recorder.hidden', outcome: PAUSED },
  { fault: 'the sound system stops for a moment', made: 'really', page: byGraph(keepContext()), harm: (page) => inPage(page, 'context.suspend()'), code: 'recorder.interrupted', outcome: REPAIRED },
  { fault: 'a call takes the sound system', made: 'in its place', page: byGraph(keepContext()), harm: (page) => inPage(page, 'AudioContext.prototype.resume = () => new Promise(() => {}); context.suspend()'), code: 'recorder.interrupted', outcome: PAUSED },
  { fault: 'the worker dies', made: 'really', harm: (page) => inWorker(page, `setTimeout(() => { throw new Error('injected'); });`), code: 'recorder.pipeline', outcome: REPAIRED },
  { fault: 'the worker hangs', made: 'really', harm: (page) => inWorker(page, 'setTimeout(() => { for (;;); });'), code: 'recorder.pipeline', outcome: REPAIRED },
  { fault: 'the encoder dies', made: 'really', harm: (page) => inWorker(page, `{ const { set } = Float32Array.prototype; Float32Array.prototype.set = () => { Float32Array.prototype.set = set; throw new WebAssembly.RuntimeError('unreachable'); }; }`), code: 'recorder.pipeline', outcome: REPAIRED },
  { fault: 'the worker dies, and no other can be had', made: 'really', harm: async (page) => { await inPage(page, `{ const Whole = Worker; Worker = class { constructor() { throw new Error('injected'); } }; globalThis.restore = () => { Worker = Whole; }; }`); await inWorker(page, `setTimeout(() => { throw new Error('injected'); });`); }, code: 'recorder.pipeline', outcome: PAUSED },
]);

export const faultCases: readonly FaultCase[] = [
  ...speaking([{ fault: 'none: a person speaks', made: 'really', code: null, outcome: 'nothing is said' }]),
  ...atStart, ...slower, ...heard, ...inMidTake,
];

/** While a person speaks. */
function speaking(cases: readonly FaultCase[]): readonly FaultCase[] {
  return cases.map((one) => ({ ...one, sound: (speech) => speech }));
}

/** As the corpus spoils it. */
function spoilt(name: string): Pick<FaultCase, 'sound'> {
  const fault = faults.find((one) => one.name === name);
  const spoil = fault?.spoil;
  if (fault === undefined || spoil === undefined) throw new Error(`the corpus does not know ${name}`);
  return { sound: (speech) => spoil(speech) };
}

async function inPage(page: Page, script: string): Promise<void> {
  await page.evaluate(script);
}

async function inWorker(page: Page, script: string): Promise<void> {
  await page.workers()[0]?.evaluate(`void (() => { ${script} })()`);
}

function onTrack(page: Page, event: 'ended' | 'mute'): Promise<void> {
  return inPage(page, `tracks.at(-1).dispatchEvent(new Event('${event}'))`);
}

function nothingLeft(page: Page): Promise<void> {
  return inPage(page, refuse('NotFoundError'));
}

/** Every source that was connected is remembered. */
function keepSources(): string {
  return `globalThis.sources = []; { const { connect } = AudioNode.prototype; MediaStreamAudioSourceNode.prototype.connect = function (target) { sources.push(this); return connect.call(this, target); }; }`;
}

function cutOff(page: Page): Promise<void> {
  return inPage(page, 'sources.at(-1).disconnect()');
}

/** The context of the recorder, which is the first to be made. */
function keepContext(): string {
  return `{ const Whole = AudioContext; globalThis.AudioContext = class extends Whole { constructor(options) { super(options); globalThis.context ??= this; } }; }`;
}

/** Loads this script into the worklet before its own. */
function loadFirst(path: string): string {
  return `{ const { addModule } = AudioWorklet.prototype; AudioWorklet.prototype.addModule = async function (url) { await addModule.call(this, '${path}'); await addModule.call(this, url); }; }`;
}

/** A device that gives a third of what the context counts, as 16 kHz would: a script for the worklet. */
export const THIRD_OF_SAMPLES = `let passed = 0;
    Object.defineProperty(globalThis, 'currentFrame', { get: () => passed });
    const register = registerProcessor;
    globalThis.registerProcessor = (name, Whole) => register(name, class extends Whole {
      process([input]) {
        const third = input?.[0]?.filter((_, at) => at % 3 === 0);
        const on = super.process([third ? [third] : []]);
        passed += third?.length ?? 0;
        return on;
      }
    });`;

async function deny(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting: 'denied' });
}

async function recordElsewhere(page: Page): Promise<void> {
  const [other] = await Promise.all([page.waitForEvent('popup'), inPage(page, `void open(location.href)`)]);
  await other.mouse.click(5, 5);
  await other.waitForFunction(() => 'bench' in window);
  await other.evaluate(async (take) => {
    await window.bench.open();
    await window.bench.recorder.start({ take, conversation: 'talk' });
  }, await page.evaluate(() => window.take));
}
