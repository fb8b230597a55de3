import * as v from 'valibot';
import { type ComponentName, componentNames, type IncidentCause, incidentCauses } from './incidents.ts';
import { id, time } from './wire.ts';

/** What anybody may know about a server: how its parts are, and what went wrong. No word about people or messages. */

const state = v.picklist(['good', 'trouble', 'down']);
export type Health = v.InferOutput<typeof state>;

export const incident = v.object({
  id,
  cause: v.picklist(Object.keys(incidentCauses) as IncidentCause[]),
  began: time,
  /** Null while it stands. */
  ended: v.nullable(time),
  /** The operator's own words, where there are any. */
  note: v.nullable(v.string()),
});
export type Incident = v.InferOutput<typeof incident>;

export const component = v.object({
  name: v.picklist(componentNames as readonly ComponentName[]),
  state,
  /** When it was last seen to work; null when there was no occasion yet. */
  seen: v.nullable(time),
  /** `freeGigabytes`, rounded down so that nobody reads the traffic from it. */
  facts: v.record(v.string(), v.union([v.number(), v.boolean()])),
});
export type Component = v.InferOutput<typeof component>;

export const statusAnswer = v.object({
  product: v.literal('earshot'), version: v.string(), now: time,
  /** The worst of its parts. */
  state,
  components: v.array(component),
  /** Of the last 90 days, the newest first. */
  incidents: v.array(incident),
});
export type StatusAnswer = v.InferOutput<typeof statusAnswer>;
