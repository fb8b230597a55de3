import { failures } from '@earshot/protocol/failure-entries.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import * as v from 'valibot';
import type { Suspect } from '../engine/action.ts';
import type { Session } from '../engine/session.ts';
import { apps, browsers, places, platforms, trees } from '../knowledge/kinds.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import { isProbeId, type ProbeId, probes } from '../probes/catalogue.ts';
import type { ProbeResult } from '../probes/probe.ts';
import { type Measure, measures } from './measures.ts';

/**
 * What somebody may share who asks for help. It can hold nothing but words of closed lists, numbers under names of a closed list, and
 * versions: there is no field that a name, an address, a title or a sound would fit into. It is shown before it is shared.
 */

/** At most three numbers: four could be an address. */
const version = v.pipe(v.string(), v.regex(/^\d{1,4}(?:\.\d{1,6}){0,2}$/, 'a version: up to three numbers with dots'));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const code = v.picklist(Object.keys(failures) as FailureCode[]);
const seconds = v.pipe(v.number(), v.minValue(0));

const finding = v.pipe(
  v.strictObject({
    probe: v.picklist(Object.keys(probes) as ProbeId[]),
    answer: v.string(),
    code: v.nullable(code),
    measured: v.record(v.picklist(measures), v.number()),
    /** Milliseconds. */
    took: v.pipe(v.number(), v.minValue(0)),
  }),
  v.check(({ probe, answer }) => isAnswer(probe, answer), 'an answer that this probe has'),
);

export type Bundle = v.InferOutput<ReturnType<typeof bundleSchema>>;

/** Ids of the knowledge are a closed list as well, which grows with it. */
function bundleSchema(knowledge: Knowledge) {
  const ids = (entries: readonly { readonly id: string }[]) => v.picklist(entries.map(({ id }) => id));
  const asked = v.picklist([...knowledge.questions, ...knowledge.probes].map(({ id }) => id));
  const answers = new Map([...knowledge.questions, ...knowledge.probes].map((one) => [one.id, new Set([...one.answers.map(({ id }) => id), 'unknown'])]));
  const said = v.pipe(v.strictObject({ of: asked, answer: v.string() }), v.check(({ of, answer }) => answers.get(of)?.has(answer) === true, 'an answer that this question has'));
  return v.strictObject({
    format: v.literal('earshot-support'),
    version: v.literal(1),
    place: v.picklist(places),
    platform: v.nullable(v.picklist(platforms)),
    /** `knowledge`: how many causes it knew. */
    versions: v.strictObject({ earshot: version, protocol: count, knowledge: count, runtime: v.nullable(version), browser: v.nullable(v.picklist(browsers)) }),
    findings: v.pipe(v.array(finding), v.maxLength(200)),
    /** What failed lately, the latest first. */
    failures: v.pipe(v.array(v.strictObject({ code, secondsAgo: seconds })), v.maxLength(200)),
    /** How far the Doctor had come; null when it was not asked. */
    visit: v.nullable(v.strictObject({
      app: v.picklist(apps), tree: v.nullable(v.picklist(trees)), symptom: v.nullable(ids(knowledge.symptoms)), code: v.nullable(code),
      said: v.pipe(v.array(said), v.maxLength(500)),
      steps: v.array(v.strictObject({ step: ids(knowledge.steps), outcome: v.picklist(['done', 'passed-over']) })),
      suspects: v.array(v.strictObject({ cause: ids(knowledge.causes), chance: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) })),
    })),
  });
}

function isAnswer(probe: ProbeId, answer: string): boolean {
  return answer === 'unknown' || Object.hasOwn(probes[probe].answers, answer);
}

export interface BundleInput {
  readonly place: Bundle['place'];
  readonly platform: Bundle['platform'];
  /** `runtime`: of the browser or of Node. */
  readonly versions: Omit<Bundle['versions'], 'knowledge'>;
  readonly results: readonly ProbeResult[];
  readonly failures?: Bundle['failures'];
  readonly session?: Session | null;
  /** What the Doctor thinks, the most probable first. */
  readonly suspects?: readonly Suspect[];
}

/** Takes over what the closed lists know, and nothing else: labels, unknown numbers and free words stay behind. */
export function makeBundle(input: BundleInput, knowledge: Knowledge): Bundle {
  const { place, platform, versions, results, failures: failed = [], session = null, suspects = [] } = input;
  return v.parse(bundleSchema(knowledge), {
    format: 'earshot-support', version: 1, place, platform,
    versions: { ...versions, knowledge: knowledge.causes.length },
    findings: results.filter(({ probe, answer }) => isProbeId(probe) && isAnswer(probe, answer)).map(({ probe, answer, code: named, measured, took }) => ({ probe, answer, code: named, measured: known(measured), took: Math.round(took) })),
    failures: failed.slice(0, 200),
    visit: session === null ? null : visitOf(session, suspects),
  });
}

function known(measured: ProbeResult['measured']): Partial<Record<Measure, number>> {
  return Object.fromEntries(measures.flatMap((name) => (typeof measured[name] === 'number' && Number.isFinite(measured[name]) ? [[name, measured[name]]] : [])));
}

function visitOf({ app, tree, symptom, code: opened, happened }: Session, suspects: readonly Suspect[]): unknown {
  return {
    app, tree, symptom, code: opened,
    said: happened.flatMap((one) => (one.kind === 'answer' || one.kind === 'retest' ? [{ of: one.of, answer: one.answer }] : [])),
    steps: happened.flatMap((one) => (one.kind === 'step' ? [{ step: one.step, outcome: one.outcome }] : [])),
    suspects: suspects.slice(0, 5).map(({ cause, chance }) => ({ cause, chance: Math.round(chance * 1000) / 1000 })),
  };
}

/** As it is shown and shared. */
export function bundleText(bundle: Bundle): string {
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

/** Reads what somebody shared. A string says what is wrong with it, and where. */
export function readBundle(text: string, knowledge: Knowledge): Bundle | string {
  const read = v.safeParse(bundleSchema(knowledge), parsed(text));
  if (read.success) return read.output;
  const [issue] = read.issues;
  return `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
