import type { Clock } from '@earshot/base/clock.ts';
import { makeId } from '@earshot/base/ids.ts';
import type { Log } from '@earshot/base/log.ts';
import type { Random } from '@earshot/base/random.ts';
import { componentNames, incidentCauses, type ComponentName, type IncidentCause } from '@earshot/protocol/incidents.ts';
import type { Component, Incident, StatusAnswer } from '@earshot/protocol/status.ts';
import type { Store } from '../store/store.ts';
import { SERVER_VERSION } from '../version.ts';
import { causesOf, healthOf, type Observation } from './judge.ts';
import type { Machine } from './machine.ts';
import { isFull, type Vitals, type Working } from './vitals.ts';

/** Milliseconds by which the clock may differ from the time that passed: what is more was put there. */
const JUMP = 30_000;
/** An answer serves everybody for so long. Milliseconds. */
const FRESH = 1_000;
const GIGABYTE = 1e9;

export interface WatchPorts {
  readonly store: Pick<Store, 'status'>;
  readonly machine: Machine;
  readonly vitals: Vitals;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly log: Log;
}

/** The causes that this process finds by looking, and therefore ends by looking. */
const SEEN: ReadonlySet<IncidentCause> = new Set<IncidentCause>([
  'database.failed', 'storage.full', 'storage.unwritable', 'uploads.failed', 'live.failed', 'push.failed', 'upkeep.failed', 'backup.stale', 'backup.failed',
]);

/**
 * Knows how the server is. What the store cannot take, because it is the store that is ill, is kept in memory and given to it
 * as soon as it can; if it never can, the next start finds an outage instead.
 */
export class Watch {
  readonly #ports: WatchPorts;
  #incidents: readonly Incident[] = [];
  /** What the store was not told yet. */
  #untold: readonly Incident[] = [];
  #last: Omit<Observation, 'now' | 'vitals'> & { readonly at: number | null } = { room: null, disk: 'written', backup: { verified: null, failed: null }, at: null };
  #time: { readonly now: number; readonly elapsed: number } | null = null;
  #answer: { readonly at: number; readonly answer: Promise<StatusAnswer> } | null = null;

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  /** Once, at the start; a full disk is no reason not to start. `damaged`: the data folder was found so. */
  async begin(damaged: boolean): Promise<void> {
    const { store, clock } = this.#ports;
    const now = clock.now();
    const last = await store.status.begin(now).catch(() => null);
    this.#incidents = await store.status.incidents().catch(() => []);
    if (last && now < last.alive) this.#keep('clock.jumped', now, now);
    else if (last && !last.ended) this.#keep('server.outage', last.alive, now);
    this.#stands('database.damaged', damaged);
    await this.#tell();
  }

  /** Every few seconds. Never rejects: that something failed is what it is for. */
  async round(): Promise<void> {
    const { store, clock, vitals } = this.#ports;
    await vitals.note('database', () => store.status.alive(clock.now())).catch(() => undefined);
    this.#last = { ...(await this.#look()), at: clock.now() };
    this.#judge();
    if (this.#jumped()) this.#keep('clock.jumped', clock.now(), clock.now());
    await this.#tell();
  }

  async end(): Promise<void> {
    await this.#ports.store.status.end(this.#ports.clock.now()).catch(() => undefined);
  }

  answer(): Promise<StatusAnswer> {
    const now = this.#ports.clock.now();
    if (this.#answer === null || Math.abs(now - this.#answer.at) >= FRESH) this.#answer = { at: now, answer: this.#compose() };
    return this.#answer.answer;
  }

  async #look(): Promise<Omit<Observation, 'now' | 'vitals'>> {
    const { machine, log } = this.#ports;
    const seen = { room: await machine.room().catch(() => null), backup: await machine.backup() };
    try {
      await machine.write();
      return { ...seen, disk: 'written' };
    } catch (error) {
      log.warn('disk', { reason: error instanceof Error ? error.message : 'unknown' });
      return { ...seen, disk: isFull(error) ? 'full' : 'failed' };
    }
  }

  #judge(): void {
    const { clock, vitals } = this.#ports;
    const causes = causesOf({ now: clock.now(), vitals: parts.map((part) => vitals.of(part)), ...this.#last });
    for (const cause of SEEN) this.#stands(cause, causes.has(cause));
  }

  #jumped(): boolean {
    const time = { now: this.#ports.clock.now(), elapsed: this.#ports.machine.elapsed() };
    const before = this.#time ?? time;
    this.#time = time;
    return Math.abs(time.now - before.now - (time.elapsed - before.elapsed)) > JUMP;
  }

  /** Opens or ends the incident of a cause, so that it stands or not. */
  #stands(cause: IncidentCause, stands: boolean): void {
    const open = this.#incidents.find((one) => one.cause === cause && one.ended === null);
    const now = this.#ports.clock.now();
    if (stands && !open) this.#keep(cause, now, null);
    if (!stands && open) this.#put({ ...open, ended: Math.max(open.began, now) });
  }

  #keep(cause: IncidentCause, began: number, ended: number | null): void {
    this.#ports.log.warn('incident', { cause, ended: ended !== null });
    this.#put({ id: makeId(this.#ports.random), cause, began, ended, note: null });
  }

  #put(incident: Incident): void {
    const others = (list: readonly Incident[]): readonly Incident[] => list.filter(({ id }) => id !== incident.id);
    this.#incidents = [incident, ...others(this.#incidents)].toSorted((one, other) => other.began - one.began);
    this.#untold = [...others(this.#untold), incident];
  }

  /** Brings the store to what is known here, and this to what the operator said there. */
  async #tell(): Promise<void> {
    const { status } = this.#ports.store;
    try {
      for (const incident of this.#untold) {
        await status.open({ ...incident });
        if (incident.ended !== null) await status.close(incident.id, incident.ended);
        this.#untold = this.#untold.filter((one) => one !== incident);
      }
      this.#incidents = await status.incidents();
    } catch (error) {
      this.#ports.log.warn('status', { reason: error instanceof Error ? error.message : 'unknown' });
    }
  }

  async #compose(): Promise<StatusAnswer> {
    const { store, clock } = this.#ports;
    // A store that is ill does not answer; what is known is told all the same.
    if (this.#untold.length === 0) this.#incidents = await store.status.incidents().catch(() => this.#incidents);
    // The next round keeps what is found here; before the first one nothing was looked at.
    if (this.#last.at !== null) this.#judge();
    const components = componentNames.filter((name) => this.#isKnown(name)).map((name) => this.#component(name));
    return { product: 'earshot', version: SERVER_VERSION, now: clock.now(), state: healthOf(this.#incidents), components, incidents: [...this.#incidents] };
  }

  /** What an operator has turned off, or never began, is no part of this server. */
  #isKnown(name: ComponentName): boolean {
    return name === 'push' ? this.#ports.vitals.of('push') !== null : name === 'backup' ? (this.#last.backup.verified ?? this.#last.backup.failed) !== null : true;
  }

  #component(name: ComponentName): Component {
    const { vitals, clock } = this.#ports;
    const { room, disk, backup, at } = this.#last;
    const state = healthOf(this.#incidents.filter(({ cause }) => incidentCauses[cause].component === name));
    switch (name) {
      case 'storage':
        return { name, state, seen: at, facts: { writable: disk === 'written', ...(room === null ? {} : { freeGigabytes: Math.floor(room / GIGABYTE) }) } };
      case 'backup':
        return { name, state, seen: backup.verified, facts: {} };
      case 'server':
      case 'clock':
        return { name, state, seen: clock.now(), facts: {} };
      case 'uploads':
      case 'push':
        // When these were last used would tell when people speak.
        return { name, state, seen: null, facts: {} };
      default:
        return { name, state, seen: vitals.of(name)?.good ?? null, facts: {} };
    }
  }
}

const parts: readonly Working[] = ['database', 'uploads', 'live', 'push', 'upkeep'];
