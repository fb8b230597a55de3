import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Voice } from '../browser/recorder-voice.ts';
import { ProcessGroup, givePrecedence } from './process-group.ts';

const run = promisify(execFile);

/** Milliseconds from the daemon's memory to the microphone's other end. */
const ARRIVES = 200;

const MICROPHONE = ['master=room.monitor', 'source_name=microphone', 'channels=1', 'source_properties=device.description=Microphone'];

/** Answers when it can be talked to. The modules: what is spoken and what is heard are two sinks, so that no cue of the app gets into the microphone. */
const daemon = (folder: string): string[] => [
  '-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disable-shm=yes',
  '-L', `module-native-protocol-unix socket=${folder}/native auth-anonymous=1`,
  '-L', 'module-null-sink sink_name=room rate=48000 channels=1 norewinds=1',
  '-L', 'module-null-sink sink_name=speakers rate=48000 norewinds=1',
  '-L', `module-remap-source ${MICROPHONE.join(' ')}`,
];

/**
 * A sound system of our own (PulseAudio) with one microphone, which hears what is played into the room: the same for every engine,
 * and nothing of the machine's.
 */
export class SoundRoom implements AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #daemon: ProcessGroup;

  private constructor(folder: string) {
    this.#folder = folder;
    // Without a session bus nobody starts one that would outlive the test.
    this.env = { PULSE_SERVER: `unix:${folder}/native`, PULSE_RUNTIME_PATH: folder, PULSE_STATE_PATH: folder, PULSE_COOKIE: `${folder}/cookie`, DBUS_SESSION_BUS_ADDRESS: 'disabled:' };
    this.#daemon = new ProcessGroup('pulseaudio', daemon(folder), this.env);
  }

  static async open(): Promise<SoundRoom> {
    const room = new SoundRoom(await mkdtemp(join(tmpdir(), 'earshot-sound-')));
    try {
      await givePrecedence(room.#daemon.pid);
      const ready = (): Promise<true | undefined> => room.#control('set-default-sink', 'speakers').then(() => true as const, () => undefined);
      await room.#daemon.until(ready);
      await room.#control('set-default-source', 'microphone');
      return room;
    } catch (error) {
      await room[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Says a recording into the room, to its end. The daemon plays it out of its own memory: a program that has to deliver it in time
   * would stammer where others keep the machine busy.
   */
  async speak({ path, mono }: Voice): Promise<void> {
    await this.#control('upload-sample', path, 'voice');
    await this.#control('play-sample', 'voice', 'room');
    await new Promise((resolve) => setTimeout(resolve, (mono.length / 48_000) * 1_000 + ARRIVES));
  }

  /** As the switch of a headset does. */
  async mute(muted: boolean): Promise<void> {
    await this.#control('set-source-mute', 'microphone', muted ? '1' : '0');
  }

  /** Pulls the plug: what recorded from it is moved to another source, as a desktop does. */
  async unplug(): Promise<void> {
    await this.#control('unload-module', 'module-remap-source');
  }

  /** Whether it was pulled or not. */
  async plug(): Promise<void> {
    await this.unplug().catch(() => undefined);
    await this.#control('load-module', 'module-remap-source', ...MICROPHONE);
    await this.#control('set-default-source', 'microphone');
  }

  async #control(...args: string[]): Promise<void> {
    await run('pactl', args, { env: { ...process.env, ...this.env } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
