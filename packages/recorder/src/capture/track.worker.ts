import { TRACK_SAMPLES } from './capture-messages.ts';
import type { ToCapture, ToCapturer } from './capture-messages.ts';
import { FrameGate } from './frame-gate.ts';
import { readInRounds } from './rounds.ts';

const pace = {
  now: () => performance.now(),
  until: (time: number) => new Promise<void>((resolve) => (time > performance.now() ? setTimeout(resolve, time - performance.now()) : resolve())),
};

/**
 * The whole life of the capturing worker: it reads and keeps, and does nothing else, so that nothing makes it late and a worker that
 * dies over an encoder or a disk takes no sound along.
 */
export function serveCapture(): void {
  let worker: MessagePort | null = null;
  let reader: ReadableStreamDefaultReader<AudioData> | null = null;
  let frame = 0;
  const gate = new FrameGate((message) => worker?.postMessage(message), TRACK_SAMPLES);
  const read = (sound: ReadableStream<AudioData>): void => {
    // Of a track that ended there is nothing left to cancel.
    reader?.cancel().catch(() => undefined);
    const now = sound.getReader();
    reader = now;
    const take = (round: Float32Array): void => {
      if (now === reader) gate.push(round, frame);
      frame += round.length;
    };
    // What breaks here is the worker's own error, and the page hears of it as such.
    readInRounds(samplesOf(now), take, pace).catch((error: unknown) => reportError(error));
  };
  addEventListener('message', ({ data }: MessageEvent<ToCapturer>) => {
    if ('sound' in data) return read(data.sound);
    worker?.close();
    gate.hold();
    worker = data.worker;
    worker.onmessage = (message: MessageEvent<ToCapture>) => gate.obey(message.data);
  });
}

/** One channel at 48 kHz: so a voice is asked for, and so it comes. What else there is is loaded when it comes. */
function samplesOf(reader: ReadableStreamDefaultReader<AudioData>): () => Promise<Float32Array | null> {
  let converted: ((data: AudioData) => Float32Array) | null = null;
  const plain = planes();
  return async () => {
    const { value: data, done } = await reader.read();
    if (done) return null;
    if (converted === null && (data.numberOfChannels !== 1 || data.sampleRate !== 48_000)) {
      const { conversion } = await import('./conversion.worker.ts');
      converted = conversion();
    }
    const samples = (converted ?? plain)(data);
    data.close();
    return samples;
  };
}

/** The samples of one channel, in a buffer that is used again. */
function planes(): (data: AudioData) => Float32Array {
  let samples = new Float32Array(0);
  return (data) => {
    if (samples.length !== data.numberOfFrames) samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    return samples;
  };
}
