import { failures } from '@earshot/protocol/failure-entries.ts';
import * as v from 'valibot';
import { apps, browsers, groups, owners, platforms, severities, stepKinds, trees, type Place } from './kinds.ts';
import { often, risk, usual } from './scales.ts';

/**
 * The shape of what the Doctor knows. It is written in YAML by people who need not program (knowledge/README.md), so every field
 * here is either plain text, an id, a number, or one word of a closed list.
 */

const keys = <T extends string>(of: Readonly<Record<T, unknown>>): T[] => Object.keys(of) as T[];

const id = v.pipe(v.string(), v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'small letters, digits and dashes, like "mic-denied"'));
const words = v.pipe(v.string(), v.trim(), v.nonEmpty('some words'));
const text = v.strictObject({ en: words, de: v.optional(words) });
const wordings = v.strictObject({ en: v.pipe(v.array(words), v.minLength(1, 'at least one wording')), de: v.optional(v.array(words)) });
const rows = v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(236))), v.minLength(1, 'at least one row number'));
const seconds = v.pipe(v.number(), v.minValue(0));
const oftenWord = v.picklist(keys(often));
/** Answer id to how often it is given. */
const answering = v.record(id, oftenWord);
/** What it applies to; a list that is left out means all of them. */
const appliesTo = {
  apps: v.optional(v.array(v.picklist(apps))),
  platforms: v.optional(v.array(v.picklist(platforms))),
};

const answer = v.strictObject({
  id,
  text,
  /** What it answers when all is well with what it looks at. A re-test that answers this counts as cured. */
  fine: v.optional(v.boolean()),
});
const answers = v.pipe(v.array(answer), v.minLength(2, 'at least two answers'));

export const symptomSchema = v.strictObject({
  id,
  tree: v.picklist(trees),
  ...appliesTo,
  title: text,
  /** How people say it: the usual wording and other ways. Search reads them. */
  says: wordings,
  severity: v.picklist(severities),
  /** Cause id to how often that cause shows itself this way. */
  likely: v.record(id, oftenWord),
  rows,
});

export const causeSchema = v.strictObject({
  id,
  tree: v.picklist(trees),
  ...appliesTo,
  title: text,
  /** Why it does what it does, in two or three sentences. */
  explain: text,
  says: v.optional(wordings),
  group: v.picklist(groups),
  usual: v.picklist(keys(usual)),
  owner: v.picklist(owners),
  severity: v.picklist(severities),
  /** Probe or question id to what it answers when this is the cause; one that says nothing about it is left out. */
  shows: v.record(id, answering),
  /** Before this cause may be named, so many of these must have been answered so: what cannot be taken back needs proof. */
  proof: v.optional(v.strictObject({ atLeast: v.pipe(v.number(), v.integer(), v.minValue(1)), of: v.record(id, v.array(id)) })),
  /** Failure codes of Earshot that this cause explains. */
  codes: v.optional(v.array(v.picklist(keys(failures)))),
  rows,
});

/**
 * The words of a probe. Its answers, what each of them means, where it runs and how long it takes stand in `probes/catalogue.ts`,
 * beside those that measure; `load.node.ts` joins the two and complains where they differ.
 */
export const probeSchema = v.strictObject({
  id,
  title: text,
  measures: text,
  answers: v.pipe(v.array(v.strictObject({ id, text })), v.minLength(2, 'at least two answers')),
  /** What it answers where the cause says nothing about it; left out: that all is well. */
  ordinarily: v.optional(answering),
  /** What it looks at: left out, it says something whatever the app; `[earshot]`, it looks at Earshot alone. */
  ...appliesTo,
  /** Needs the person: to speak, to listen. It is not run by itself, but offered as a question is. */
  asks: v.optional(v.boolean()),
  rows,
});

export const questionSchema = v.strictObject({
  id,
  trees: v.optional(v.array(v.picklist(trees))),
  ...appliesTo,
  text,
  /** Why it is asked, in one sentence. */
  why: text,
  answers,
  /** What is answered where the cause says nothing about it; left out: `fine`, or else any answer is as likely. */
  ordinarily: v.optional(answering),
  /** How long finding the answer takes. */
  seconds,
  /** One of the five quick checks. */
  quick: v.optional(v.boolean()),
  rows,
});

const way = v.strictObject({
  ...appliesTo,
  browsers: v.optional(v.array(v.picklist(browsers))),
  /** Versions of the system, where they differ: "before iOS 18". */
  versions: v.optional(text),
  /** What to do, one line each, in order. */
  do: v.strictObject({ en: v.pipe(v.array(words), v.minLength(1)), de: v.optional(v.array(words)) }),
});

export const stepSchema = v.strictObject({
  id,
  trees: v.pipe(v.array(v.picklist(trees)), v.minLength(1)),
  ...appliesTo,
  kind: v.picklist(stepKinds),
  title: text,
  /** Why it can help, in one sentence. */
  why: text,
  /** What it is called elsewhere. Search reads it. */
  says: v.optional(wordings),
  /** The first whose platform, app and browser fit is shown first, the other fitting ones as alternatives. */
  how: v.pipe(v.array(way), v.minLength(1, 'at least one way to do it')),
  /** What must be observed or must never be done. */
  warning: v.optional(text),
  seconds,
  /** A countdown, where a wait is part of the step. */
  waits: v.optional(seconds),
  risk: v.picklist(keys(risk)),
  /** What is lost by it. Empty for most. */
  destroys: v.array(text),
  /** How it is taken back, where it can and should be. */
  undo: v.optional(text),
  /** Cause id to how often the step clears it. */
  clears: v.record(id, oftenWord),
  /** The probe or question that is put again afterwards. */
  test: id,
  needs: v.optional(v.array(v.picklist(['verified-backup']))),
  /** Offered only when each of these was done, passed over, or does not apply. */
  notBefore: v.optional(v.array(id)),
  /** Probes or questions whose answers no longer hold after it: they are put again at once. */
  after: v.optional(v.array(id)),
  quick: v.optional(v.boolean()),
  rows,
});

export const factSchema = v.strictObject({
  id,
  ...appliesTo,
  kind: v.picklist(['knowledge', 'warning', 'limit', 'workaround', 'prevention']),
  title: text,
  text,
  says: v.optional(wordings),
  /** The symptoms, causes, questions or steps beside which it is shown. */
  beside: v.optional(v.array(id)),
  rows,
});

export const guardSchema = v.strictObject({
  id,
  /** What Earshot does so that this cannot hurt. */
  title: text,
  /** Rules of SPEC.md that hold it. */
  rules: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[A-Z]{2,}\d+$/, 'the id of a rule in SPEC.md, like "UP3"'))), v.minLength(1)),
  rows,
});

/** The kinds of entries, each under its own heading in a file. */
export const entrySchemas = {
  symptoms: symptomSchema,
  causes: causeSchema,
  probes: probeSchema,
  questions: questionSchema,
  steps: stepSchema,
  facts: factSchema,
  guards: guardSchema,
} as const;

export type Text = v.InferOutput<typeof text>;
export type Answer = v.InferOutput<typeof answer>;
export type Symptom = v.InferOutput<typeof symptomSchema>;
export type Cause = v.InferOutput<typeof causeSchema>;
export type ProbeWords = v.InferOutput<typeof probeSchema>;
export type Probe = Omit<ProbeWords, 'answers'> & { readonly answers: readonly Answer[]; readonly where: readonly Place[]; readonly seconds: number };
export type Question = v.InferOutput<typeof questionSchema>;
export type Step = v.InferOutput<typeof stepSchema>;
export type Way = v.InferOutput<typeof way>;
export type Fact = v.InferOutput<typeof factSchema>;
export type Guard = v.InferOutput<typeof guardSchema>;

/** All that is known: what the page and the command line are given, as one piece of JSON. */
export interface Knowledge {
  readonly symptoms: readonly Symptom[];
  readonly causes: readonly Cause[];
  readonly probes: readonly Probe[];
  readonly questions: readonly Question[];
  readonly steps: readonly Step[];
  readonly facts: readonly Fact[];
  readonly guards: readonly Guard[];
}
