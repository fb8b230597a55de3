import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { openRecorder } from '@earshot/recorder/recorder.browser.ts';
import type { RecorderOptions } from '@earshot/recorder/recorder.browser.ts';
import type { Recorder, RecorderHappening } from '@earshot/recorder/recorder.ts';
import { createSounder } from '../../apps/web/src/recording/cues.browser.ts';
import { createCues } from '../../apps/web/src/recording/cues.ts';
import type { Cues } from '../../apps/web/src/recording/cues.ts';
import { memoryPreferences } from '../../apps/web/src/shell/preferences.ts';

/** What the tests of the recorder find in a page: the recorder as an app would open it, and a protocol of what it told. */
export interface Bench {
  recorder: Recorder;
  told: RecorderHappening[];
  /** Milliseconds since 1970 at which the sound began, as far as its quickest arrival tells. */
  origin: number;
  /** The same by what arrived lately, before which the sound system may have withheld some. */
  originLately(): number;
  /** Packets of the take in the journal, as far as was told. */
  total(): number;
  /** From here on the microphone's sound is counted beside the recorder, to tell what it loses from what it was never given. */
  countGiven(): void;
  /** Milliseconds of sound that the microphone has not given, by the clock: a machine that stands still for moments makes none meanwhile. */
  withheld(): number;
  /** Opens the recorder; everything it tells goes into `told`. */
  open(options?: Partial<RecorderOptions>): Promise<string>;
  /** Opens the recorder and starts a new take, or goes on with a draft. Speak when it resolves: to the take. */
  begin(options?: Partial<RecorderOptions>, draft?: string): Promise<string>;
  /** What one hears of a take, as JSON. */
  kept(take: string): Promise<Kept>;
  id(): string;
  /** 'ok', or the code of the failure. */
  outcome(work: () => Promise<unknown>): Promise<string>;
  /** Waits long: no machine is too slow. */
  until(holds: () => boolean): Promise<void>;
  /** As the app has them, all of them wanted. */
  readonly cues: Cues;
  wait(milliseconds: number): Promise<void>;
}

export interface Kept {
  readonly packets: readonly (readonly number[])[];
  readonly parts: readonly { readonly packet: number; readonly preSkip: number }[];
}

declare const MediaStreamTrackProcessor: new (init: { readonly track: MediaStreamTrack }) => { readonly readable: ReadableStream<AudioData> };

declare global {
  interface Window {
    bench: Bench;
  }
}

const cues = createCues(createSounder(), memoryPreferences(), (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
cues.choose('before', true);

/** Milliseconds. Deliveries come in bundles, late and never early: the least of so long a time is how far the sound is behind. */
const LATELY = 300;
/** The same of what the recorder told, about ten times a second. */
const TOLD_LATELY = 500;

interface Behind {
  readonly at: number;
  readonly by: number;
}
const behind: Behind[] = [];
const toldBehind: Behind[] = [];

async function count(track: MediaStreamTrack | undefined): Promise<void> {
  if (track === undefined) return;
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  for (let given = 0; ;) {
    const { value } = await reader.read();
    if (value === undefined) return;
    given += (value.numberOfFrames / value.sampleRate) * 1_000;
    value.close();
    behind.push({ at: performance.now(), by: performance.now() - given });
  }
}

const leastOf = (some: readonly Behind[]): number => Math.min(...some.map(({ by }) => by));
const since = (all: readonly Behind[], milliseconds: number): readonly Behind[] => all.filter(({ at }) => at > performance.now() - milliseconds);

const bench: Omit<Bench, 'recorder'> & Partial<Pick<Bench, 'recorder'>> = {
  cues,
  told: [],
  origin: Number.POSITIVE_INFINITY,
  originLately: () => {
    const lately = since(toldBehind, TOLD_LATELY);
    return lately.length === 0 ? bench.origin : leastOf(lately);
  },
  total: () => bench.told.findLast((one) => one.type === 'frames')?.total ?? 0,
  countGiven: () => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      void count(stream.clone().getAudioTracks()[0]);
      return stream;
    };
  },
  withheld: () => {
    const lately = since(behind, LATELY);
    return lately.length === 0 ? 0 : Math.round(leastOf(lately) - leastOf(behind));
  },
  open: async (options = {}) => {
    const wasmUrls = { simd: '/simd.wasm', plain: '/opus.wasm' };
    const recorder = await openRecorder({ workerUrl: `/recorder.worker.js${location.search}`, workletUrl: '/capture.worklet.js', wasmUrls, ...options });
    recorder.on((happening) => {
      bench.told.push(happening);
      if (happening.type !== 'frames') return;
      const now = performance.now();
      const began = performance.timeOrigin + now - happening.seconds * 1_000;
      toldBehind.push({ at: now, by: began });
      bench.origin = Math.min(bench.origin, began);
    });
    bench.recorder = recorder;
    return recorder.journal;
  },
  begin: async (options, draft) => {
    await bench.open(options);
    const take = draft ?? bench.id();
    await opened().start({ take, conversation: 'talk', resume: draft !== undefined });
    return take;
  },
  kept: async (take) => {
    const { packets, parts } = await opened().readTake(take);
    return { packets: packets.map((packet) => [...packet]), parts: parts.map(({ packet, preSkip }) => ({ packet, preSkip })) };
  },
  id: () => makeId(systemRandom),
  outcome: async (work) => {
    try {
      await work();
      return 'ok';
    } catch (error) {
      return error instanceof Failure ? error.code : String(error);
    }
  },
  until: async (holds) => {
    const end = performance.now() + 60_000;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`waited in vain for ${String(holds)}; told: ${JSON.stringify(bench.told.filter(({ type }) => type !== 'frames').slice(-5))}`);
      await bench.wait(20);
    }
  },
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

function opened(): Recorder {
  if (bench.recorder === undefined) throw new Error('the recorder was not opened');
  return bench.recorder;
}

window.bench = bench as Bench;
