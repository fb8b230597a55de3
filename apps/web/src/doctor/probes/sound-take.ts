import type { Clock } from '@earshot/base/clock.ts';
import { makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { SoundTaken } from '@earshot/doctor/probes/sound-verdict.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';
import { fileOf } from '../../recording/take-sound.ts';

/** What a take of a few seconds showed. */
export interface SoundTake extends SoundTaken {
  /** An Ogg Opus file of what was read back from the disk; null when nothing was kept. */
  readonly file: Uint8Array<ArrayBuffer> | null;
  /** The name of the microphone that was used; null when none was. */
  readonly microphone: string | null;
  /** Where in the recorder a fault of its own was, when it said so. */
  readonly stage: string | null;
}

export interface SoundParts {
  /** A recorder with a folder of its own: what is said to the Doctor is never among the drafts. */
  readonly open: () => Promise<Recorder>;
  readonly clock: Clock;
  readonly random: Random;
  readonly microphone: string | undefined;
}

export interface SoundProgress {
  /** Sound arrives: speak. */
  readonly begun: () => void;
  /** Peaks of what was captured, 0 to 255, one for each packet of 20 ms. */
  readonly peaks: (peaks: Uint8Array) => void;
}

const NOTHING: SoundTake = { codes: [], kept: null, readBack: null, peaks: new Uint8Array(), file: null, microphone: null, stage: null };
export const noProgress: SoundProgress = { begun: () => undefined, peaks: () => undefined };

/**
 * Speaks into the recorder itself, so that what is tested is what messages go through: microphone, worklet, encoder, disk, and back.
 * Leaves nothing on the disk. Rejects for bugs only; what stands in the way is among the codes.
 */
export async function takeSound(parts: SoundParts, seconds: number, signal: AbortSignal, progress: SoundProgress = noProgress): Promise<SoundTake> {
  let recorder: Recorder;
  try {
    recorder = await parts.open();
  } catch (error) {
    return { ...NOTHING, ...failed(error) };
  }
  const taken = await record(recorder, parts, seconds, signal, progress);
  try {
    await recorder[Symbol.asyncDispose]();
    return taken;
  } catch (error) {
    return { ...taken, codes: [...taken.codes, ...failed(error).codes] };
  }
}

async function record(recorder: Recorder, { clock, random, microphone }: SoundParts, seconds: number, signal: AbortSignal, progress: SoundProgress): Promise<SoundTake> {
  const take = makeId(random);
  const codes: FailureCode[] = [];
  const stopped = new AbortController();
  let [stage, label]: [string | null, string | null] = [null, null];
  const unlisten = recorder.on((happening) => {
    if (happening.type === 'frames') progress.peaks(happening.peaks);
    if (happening.type === 'microphone') label = happening.label;
    if (happening.type === 'fault') {
      codes.push(happening.code);
      stage = typeof happening.evidence['stage'] === 'string' ? happening.evidence['stage'] : stage;
    }
    // A fault behind which no sound can come has paused the take: nothing more is to be learnt.
    if (happening.type === 'state' && happening.state.at === 'paused') stopped.abort();
  });
  try {
    await recorder.start({ take, conversation: take, ...(microphone !== undefined && { microphone }) });
    progress.begun();
    await clock.sleep(seconds * 1_000, AbortSignal.any([signal, stopped.signal]));
    const finished = await recorder.stop();
    const whole = await recorder.readTake(take);
    return { codes, kept: finished.packets, readBack: whole.packets.length, peaks: finished.peaks, file: finished.packets > 0 ? fileOf(whole) : null, microphone: label, stage };
  } catch (error) {
    const { codes: [code = 'recorder.pipeline'], stage: where } = failed(error);
    return { ...NOTHING, codes: [code, ...codes], microphone: label, stage: where ?? stage };
  } finally {
    unlisten();
    // Also what an earlier test left behind when its page was closed.
    for (const { take: left } of await recorder.drafts().catch(() => [])) await recorder.forget(left).catch(() => undefined);
  }
}

/** Our own bugs are thrown on, so that they are seen as bugs. */
function failed(error: unknown): Pick<SoundTake, 'codes' | 'stage'> {
  if (!(error instanceof Failure)) throw error;
  const { stage } = error.evidence;
  return { codes: [error.code], stage: typeof stage === 'string' ? stage : null };
}
