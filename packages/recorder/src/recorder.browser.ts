import { LiveRecorder } from './live-recorder.browser.ts';
import { requireRecording } from './microphone.browser.ts';
import type { Recorder } from './recorder.ts';
import { openTakeLocks } from './take-lock.browser.ts';
import type { SoundSource } from './sound-source.ts';
import { TrackSource } from './track-source.browser.ts';
import { waysOf } from './ways.ts';
import { WorkerLink } from './worker-link.browser.ts';

export interface RecorderOptions {
  /** Bundles of `recorder.worker.ts` and `capture/capture.worklet.ts`, both as ES modules of this origin. */
  readonly workerUrl: string;
  readonly workletUrl: string;
  /** The two files of libopus (`OPUS_WASM_FILES` of the audio room), fetched by the worker. */
  readonly wasmUrls: { readonly simd: string; readonly plain: string };
  /** Name of the folder or database of the journal. */
  readonly folder?: string;
  /** 32 bytes of whoever records: without them nobody hears what lies in the journal. */
  readonly secret?: Uint8Array<ArrayBuffer>;
  /** For tests: only this disk. */
  readonly journal?: 'opfs' | 'indexeddb';
  /**
   * What to do when the page is out of sight (another tab, a locked screen): 'pause', because nobody can see that it records, or
   * 'record' for as long as frames arrive.
   */
  readonly whenHidden?: 'pause' | 'record';
}

/** Warms up worker, codec and disk; does not touch the microphone. Throws `mic.insecure`, `mic.unsupported`, `recorder.*`. */
export async function openRecorder(options: RecorderOptions): Promise<Recorder> {
  requireRecording();
  const opening: { recorder: LiveRecorder | null } = { recorder: null };
  const { workerUrl, wasmUrls, folder = 'earshot-journal', journal: only, secret } = options;
  const wasm = { simd: new URL(wasmUrls.simd, location.href).href, plain: new URL(wasmUrls.plain, location.href).href };
  const link = new WorkerLink(workerUrl, { wasm, folder, ...(only && { only }), ...(secret && { secret }) }, (event) => opening.recorder?.hear(event));
  try {
    const [{ journal, codec, refused }, locks, source] = await Promise.all([
      link.opened(),
      openTakeLocks(),
      openSource(options, (state) => opening.recorder?.interrupted(state)),
    ]);
    const ways = waysOf({ capture: source.way, disk: journal, refused, codec, locks: locks.way });
    opening.recorder = new LiveRecorder({ link, source, locks, ways, journal, whenHidden: options.whenHidden ?? 'pause' });
    return opening.recorder;
  } catch (error) {
    link.close();
    throw error;
  }
}

/** The best way that there is here. A graph is loaded where there is no better one. */
async function openSource({ workerUrl, workletUrl }: RecorderOptions, interrupted: (state: string) => void): Promise<SoundSource> {
  if ('MediaStreamTrackProcessor' in globalThis) return new TrackSource(workerUrl);
  const { AudioGraph } = await import('./graph.browser.ts');
  return AudioGraph.open(workletUrl, interrupted);
}
