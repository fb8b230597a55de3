import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { openRecorder } from '@earshot/recorder/recorder.browser.ts';
import type { RecorderOptions } from '@earshot/recorder/recorder.browser.ts';
import type { Recorder, RecorderHappening } from '@earshot/recorder/recorder.ts';

/** What the tests of the recorder find in a page: the recorder as an app would open it, and a protocol of what it told. */
export interface Bench {
  recorder: Recorder;
  told: RecorderHappening[];
  /** Milliseconds since 1970 at which the sound began, as far as its quickest arrival tells. */
  origin: number;
  /** Opens the recorder; everything it tells goes into `told`. */
  open(options?: Partial<RecorderOptions>): Promise<string>;
  id(): string;
  /** 'ok', or the code of the failure. */
  outcome(work: () => Promise<unknown>): Promise<string>;
  until(holds: () => boolean, milliseconds?: number): Promise<void>;
}

declare global {
  interface Window {
    bench: Bench;
  }
}

const bench: Partial<Bench> & Pick<Bench, 'told' | 'origin'> = {
  told: [],
  origin: Number.POSITIVE_INFINITY,
  open: async (options = {}) => {
    const wasmUrls = { simd: '/simd.wasm', plain: '/opus.wasm' };
    const recorder = await openRecorder({ workerUrl: '/recorder.worker.js', workletUrl: '/capture.worklet.js', wasmUrls, ...options });
    recorder.on((happening) => {
      bench.told.push(happening);
      if (happening.type === 'frames') bench.origin = Math.min(bench.origin, performance.timeOrigin + performance.now() - happening.seconds * 1_000);
    });
    bench.recorder = recorder;
    return recorder.journal;
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
  until: async (holds, milliseconds = 15_000) => {
    const end = performance.now() + milliseconds;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`waited in vain for ${String(holds)}; told: ${JSON.stringify(bench.told.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
};
window.bench = bench as Bench;
