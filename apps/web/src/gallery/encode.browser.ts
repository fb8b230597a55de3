import { registerAacEncoder } from '@mediabunny/aac-encoder';
import { registerMp3Encoder } from '@mediabunny/mp3-encoder';
import type { SoundTags } from '@earshot/client/saving/saved.ts';
import { AudioBufferSource, BufferTarget, canEncodeAudio, Mp3OutputFormat, Mp4OutputFormat, Output } from 'mediabunny';

/** Plain enough for a voice, and transparent. Bits a second. */
const BITRATE = 96_000;

const forms = {
  m4a: { codec: 'aac', format: () => new Mp4OutputFormat({ fastStart: 'in-memory' }), encoder: registerAacEncoder },
  mp3: { codec: 'mp3', format: () => new Mp3OutputFormat(), encoder: registerMp3Encoder },
} as const;

/** The sound as an M4A or MP3 file with its tags: by the browser's encoder, else by our own. */
export async function encode(sound: AudioBuffer, as: keyof typeof forms, { title, artist, album, date, comment }: SoundTags): Promise<Uint8Array<ArrayBuffer>> {
  const { codec, format, encoder } = forms[as];
  if (!(await canEncodeAudio(codec, { numberOfChannels: 1, sampleRate: sound.sampleRate, bitrate: BITRATE }))) encoder();
  const target = new BufferTarget();
  const output = new Output({ format: format(), target });
  const source = new AudioBufferSource({ codec, bitrate: BITRATE });
  output.addAudioTrack(source);
  output.setMetadataTags({ title, artist, album, comment, date: new Date(date) });
  await output.start();
  await source.add(sound);
  await output.finalize();
  if (target.buffer === null) throw new Error('the file was not finished');
  return new Uint8Array(target.buffer);
}
