import { AudioError } from '@earshot/audio/audio-error.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { ADTS, AudioSampleSink, BlobSource, FLAC, Input, MATROSKA, MP3, MP4, OGG, QTFF, UnsupportedInputFormatError, WEBM, type AudioSample, type InputAudioTrack } from 'mediabunny';
import type { ConvertedSound } from './conversion.ts';
import { SoundEncoder } from './sound-encoder.ts';

/** Sound may end this much before what its container claims: encoders round up to whole frames. Seconds. */
const ROUNDING = 0.5;

/** MP3, M4A and AAC, FLAC, WebM, Ogg with another codec: the browser decodes what its container holds. */
export async function convertOther(codec: OpusCodec, file: Blob, progress: (share: number) => void): Promise<ConvertedSound> {
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, MATROSKA, WEBM, MP3, ADTS, FLAC, OGG] });
  try {
    const track = await audioTrack(input);
    const claimed = (await track.getDurationFromMetadata()) ?? 0;
    const encoder = new SoundEncoder(codec, track.sampleRate);
    let seconds = 0;
    for await (const sample of new AudioSampleSink(track).samples()) {
      encoder.push(mixed(sample));
      seconds += sample.duration;
      sample.close();
      if (claimed > 0) progress(seconds / claimed);
    }
    if (seconds < claimed - ROUNDING) throw new AudioError('torn', 'container', 'The file holds less sound than it claims.', { seconds, claimed });
    return encoder.finish();
  } catch (error) {
    throw asRefusal(error);
  } finally {
    input.dispose();
  }
}

async function audioTrack(input: Input): Promise<InputAudioTrack> {
  const track = await input.getPrimaryAudioTrack();
  if (track === null) {
    // An M4A lists its tracks at its end, as a rule: one that was cut off there is known as such, and has none at all.
    if ((await input.getTracks()).length === 0) throw new AudioError('torn', 'no-tracks', 'The file ends before it says what is in it.');
    throw new AudioError('not-audio', 'no-track', 'The file has no track of sound.');
  }
  if (!(await track.canDecode())) throw new AudioError('unsupported', 'codec', 'This browser cannot decode the sound in this file.', { codec: track.codec ?? 'unknown' });
  return track;
}

/** All channels in equal parts. */
function mixed(sample: AudioSample): Float32Array {
  const frames = sample.numberOfFrames;
  const sum = new Float32Array(frames);
  const plane = new Float32Array(frames);
  for (let channel = 0; channel < sample.numberOfChannels; channel += 1) {
    sample.copyTo(plane, { planeIndex: channel, format: 'f32-planar' });
    for (let at = 0; at < frames; at += 1) sum[at] = (sum[at] ?? 0) + (plane[at] ?? 0) / sample.numberOfChannels;
  }
  return sum;
}

/** The container's reader and the browser's decoder throw errors of many kinds; by then the format was recognised, so the file is at fault. */
function asRefusal(error: unknown): unknown {
  if (error instanceof AudioError) return error;
  if (error instanceof UnsupportedInputFormatError) return new AudioError('not-audio', 'format', 'The file is no kind of audio that is known here.');
  const cause = error instanceof Error ? error.message : String(error);
  return new AudioError('damaged', 'decoder', 'The sound in the file cannot be decoded.', { cause });
}
