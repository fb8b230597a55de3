import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import { createSpeaker } from '../playing/speaker.browser.ts';
import { build } from '../shell/assets.ts';
import type { Changed, DoctorPorts } from './ports.ts';
import { takeSound } from './probes/sound-take.ts';
import { createWebProbes, soundParts, type WebProbeParts } from './probes/web-probes.browser.ts';
import { settingOf } from './setting.ts';

/** Seconds of each of the two notes, and how loud they are. */
const NOTE = 0.5;
const LOUD = 0.2;

export function createDoctorPorts(parts: WebProbeParts): DoctorPorts {
  let knowledge: Promise<Knowledge> | null = null;
  return {
    knowledge: () => (knowledge ??= fetchKnowledge().catch((error: unknown) => {
      knowledge = null;
      throw error;
    })),
    probes: (conversation) => createWebProbes(parts, conversation),
    takeSound: (seconds, signal, progress) => takeSound(soundParts(parts), seconds, signal, progress),
    speaker: createSpeaker(document),
    tone: playTone,
    setting: settingOf(navigator.userAgent, navigator.maxTouchPoints),
    runtime: /(?:Firefox|Edg|Chrome|Version)\/(\d+(?:\.\d+)?)/.exec(navigator.userAgent)?.[1] ?? null,
    changed: watchChanges,
    reload: () => location.reload(),
  };
}

/** Checked when it was built; the build names the file by its content. */
async function fetchKnowledge(): Promise<Knowledge> {
  const answer = await fetch(build.knowledge);
  if (!answer.ok) throw new Error(`the knowledge did not come: ${answer.status}`);
  return (await answer.json()) as Knowledge;
}

async function playTone(): Promise<void> {
  const context = new AudioContext();
  try {
    await context.resume();
    const volume = new GainNode(context, { gain: LOUD });
    volume.connect(context.destination);
    const over = [440, 660].map((frequency, at) => {
      const note = new OscillatorNode(context, { frequency });
      note.connect(volume);
      note.start(context.currentTime + at * NOTE);
      note.stop(context.currentTime + (at + 1) * NOTE);
      return new Promise<void>((resolve) => note.addEventListener('ended', () => resolve()));
    });
    await Promise.all(over);
  } finally {
    await context.close();
  }
}

function watchChanges(listener: (what: Changed) => void): () => void {
  const gone = new AbortController();
  const { signal } = gone;
  const network = (): void => listener('network');
  addEventListener('online', network, { signal });
  addEventListener('offline', network, { signal });
  // Wi-Fi to mobile data and back, where the browser tells.
  if ('connection' in navigator && navigator.connection instanceof EventTarget) navigator.connection.addEventListener('change', network, { signal });
  navigator.mediaDevices?.addEventListener('devicechange', () => listener('microphones'), { signal });
  navigator.permissions?.query({ name: 'microphone' }).then((status) => status.addEventListener('change', () => listener('permission'), { signal }), () => undefined);
  return () => gone.abort();
}
