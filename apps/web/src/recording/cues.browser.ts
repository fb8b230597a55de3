import { CUES, LOUDNESS, NOTE, type Cue, type Sounder } from './cues.ts';

/** Milliseconds: a sound system that does not wake up by then gives no cue. */
const WAKE = 300;

/** Notes made by the browser, and the motor where there is one. The context is made with the first cue and rests between them. */
export function createSounder(): Sounder {
  let made: AudioContext | null = null;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const open = (): AudioContext => (made ??= new AudioContext({ latencyHint: 'interactive' }));
  return {
    latency: async () => {
      clearTimeout(rest);
      const context = open();
      await Promise.race([context.resume().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, WAKE))]);
      return (context.outputLatency || context.baseLatency || 0) * 1_000;
    },
    play: (cue) => {
      const context = open();
      navigator.vibrate?.([...CUES[cue].vibration]);
      if (context.state === 'running') sound(context, cue);
      rest = setTimeout(() => void context.suspend(), 2_000);
    },
  };
}

function sound(context: AudioContext, cue: Cue): void {
  for (const { hertz, at } of CUES[cue].notes) {
    const start = context.currentTime + at / 1_000;
    const [tone, shape] = [new OscillatorNode(context, { frequency: hertz }), new GainNode(context, { gain: 0 })];
    // Soft edges: a note that is cut off clicks.
    shape.gain.setValueAtTime(0, start);
    shape.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
    shape.gain.setValueAtTime(LOUDNESS, start + NOTE / 1_000 - 0.03);
    shape.gain.linearRampToValueAtTime(0, start + NOTE / 1_000);
    tone.connect(shape).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE / 1_000);
  }
}
