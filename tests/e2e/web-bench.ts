import { after } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { humanVoice } from '../browser/recorder-voice.ts';
import { webWorld, type WebWorld } from './web-world.ts';

/** A server with the app and a browser whose microphone hears somebody read aloud, for one file of tests; both end after the last of them. */
export async function webBench(): Promise<{ readonly world: WebWorld; readonly chromium: OwnChromium }> {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  const world = stack.use(await webWorld());
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0870.wav'], 0);
  return { world, chromium: stack.use(await OwnChromium.start({ voice: voice.path })) };
}
