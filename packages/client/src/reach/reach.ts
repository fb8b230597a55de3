import type { Clock } from '@earshot/base/clock.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';
import type { Obstacle } from './judge.ts';

/** Between two looks that nobody asked for. Milliseconds. */
const REST = 10_000;

/** What the way fails with before anybody looked why. */
const VAGUE: ReadonlySet<FailureCode> = new Set<FailureCode>(['network.offline', 'network.unreachable', 'network.stalled', 'network.foreign', 'server.busy', 'server.fault', 'server.storage']);

export interface ReachPorts {
  readonly api: Api;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly offline: () => boolean;
  /** The explanation is another one now. */
  readonly changed: () => void;
}

/**
 * Knows what stands between this device and its server. The engines report what failed and what worked; whoever shows a reason to
 * a person has it explained. Nothing waits for it: until the look is over, the reason is what the engine met.
 */
export class Reach {
  readonly #ports: ReachPorts;
  #obstacle: Obstacle | null = null;
  #looking: Promise<Obstacle | null> | null = null;
  #resting = false;
  #latest: number | null = null;

  constructor(ports: ReachPorts) {
    this.#ports = ports;
  }

  /** Something failed. `socket`: it was the open connection. */
  failed(code: FailureCode, socket = false): void {
    if (!VAGUE.has(code) || this.#resting || this.#looking !== null) return;
    this.#resting = true;
    const { tasks, clock } = this.#ports;
    tasks.run(async () => {
      await this.look(socket);
      await clock.sleep(REST, tasks.signal);
      this.#resting = false;
    });
  }

  /** Something got through. What only stops the open connection is not refuted by an upload. */
  passed(what: 'socket' | 'upload'): void {
    if (what === 'upload' && this.#obstacle?.evidence['stopped'] === 'socket') return;
    this.#become(null);
  }

  /** The server told its time. */
  heard(now: number): void {
    this.#latest = now;
  }

  /** Looks now; at the same time for several who ask. */
  look(socket: boolean): Promise<Obstacle | null> {
    this.#looking ??= this.#look(socket).finally(() => (this.#looking = null));
    return this.#looking;
  }

  /** The reason as a person should read it: the same, or what is behind it. */
  explain<R extends Obstacle>(reason: R): R {
    if (this.#obstacle === null || !VAGUE.has(reason.code)) return reason;
    return { ...reason, code: this.#obstacle.code, evidence: { ...this.#obstacle.evidence, met: reason.code } };
  }

  async #look(socket: boolean): Promise<Obstacle | null> {
    const { api, clock, tasks, offline } = this.#ports;
    // Needed only when something stands in the way. Where even this does not come, the reason stays what the engine met.
    const look = await import('./look.ts').catch(() => null);
    if (look === null) return this.#obstacle;
    const { obstacle, serverNow } = await look.lookAtWay({ api, clock, offline, signal: tasks.signal }, { socket, latest: this.#latest });
    if (serverNow !== null) this.heard(serverNow);
    this.#become(obstacle);
    return this.#obstacle;
  }

  #become(obstacle: Obstacle | null): void {
    const same = JSON.stringify(obstacle) === JSON.stringify(this.#obstacle);
    this.#obstacle = obstacle;
    if (!same) this.#ports.changed();
  }
}
