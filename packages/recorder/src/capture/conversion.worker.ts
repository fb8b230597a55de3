import { Resampler } from '@earshot/audio/resample.ts';

/** Makes one channel at 48 kHz of any number of channels at any rate, piece by piece; both may change between two. */
export function conversion(): (data: AudioData) => Float32Array {
  let rate = 0;
  let resampler = new Resampler(48_000);
  return (data) => {
    if (data.sampleRate !== rate) {
      rate = data.sampleRate;
      resampler = new Resampler(rate);
    }
    return resampler.push(mixed(data));
  };
}

function mixed(data: AudioData): Float32Array {
  const { numberOfChannels, numberOfFrames } = data;
  const sum = new Float32Array(numberOfFrames);
  const plane = new Float32Array(numberOfFrames);
  for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex += 1) {
    data.copyTo(plane, { planeIndex, format: 'f32-planar' });
    plane.forEach((sample, at) => (sum[at] = (sum[at] ?? 0) + sample / numberOfChannels));
  }
  return sum;
}
