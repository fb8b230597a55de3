import * as v from 'valibot';
import { probesAsMeasured } from './probes.ts';
import { entrySchemas, type Knowledge, type ProbeWords } from './schema.ts';

/** What one file holds, as read from YAML: not yet known to be anything. */
export interface Sheet {
  /** The file's name, as a person knows it. */
  readonly file: string;
  readonly content: unknown;
}

/** One thing wrong with the knowledge, in words for somebody who writes no code. */
export interface Complaint {
  readonly file: string;
  /** `causes mic-denied`, or `causes number 3` where it has no id. */
  readonly entry: string;
  /** Where in the entry: `shows.permission`. */
  readonly field: string;
  readonly expected: string;
}

export type Headings = keyof typeof entrySchemas;
export const headings = Object.keys(entrySchemas) as Headings[];

type Entry = { readonly id: string; readonly file: string; readonly heading: Headings };

/** Reads the sheets as one body of knowledge; what cannot be used is left out and complained of. */
export function readKnowledge(sheets: readonly Sheet[]): { knowledge: Knowledge; complaints: Complaint[]; entries: Entry[] } {
  const complaints: Complaint[] = [];
  const entries: Entry[] = [];
  const collected = Object.fromEntries(headings.map((heading) => [heading, [] as unknown[]])) as Record<Headings, unknown[]>;
  for (const sheet of sheets) {
    for (const [heading, list] of listsIn(sheet, complaints)) {
      list.forEach((raw, index) => {
        const result = v.safeParse(entrySchemas[heading], raw);
        if (result.success) {
          collected[heading].push(result.output);
          entries.push({ id: result.output.id, file: sheet.file, heading });
        } else complaints.push(...result.issues.map((issue) => complaintOf(issue, sheet.file, nameOf(heading, raw, index))));
      });
    }
  }
  const probes = probesAsMeasured(collected.probes as ProbeWords[]);
  const knowledge = { ...collected, probes: probes.probes } as unknown as Knowledge;
  const unlike = probes.complaints.map((complaint) => ({ ...complaint, file: entries.find(({ id }) => complaint.entry.endsWith(` ${id}`))?.file ?? 'probes' }));
  return { knowledge, complaints: [...complaints, ...unlike, ...twice(entries)], entries };
}

export function sentence({ file, entry, field, expected }: Complaint): string {
  return `${file}, ${entry}${field === '' ? '' : `, ${field}`}: ${expected}`;
}

function listsIn({ file, content }: Sheet, complaints: Complaint[]): [Headings, unknown[]][] {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    complaints.push({ file, entry: 'the file', field: '', expected: `needs headings: ${headings.join(', ')}` });
    return [];
  }
  const lists: [Headings, unknown[]][] = [];
  for (const [heading, list] of Object.entries(content)) {
    if (!isHeading(heading)) {
      complaints.push({ file, entry: `heading "${heading}"`, field: '', expected: `is not known; there is ${headings.join(', ')}` });
    } else if (!Array.isArray(list)) complaints.push({ file, entry: heading, field: '', expected: 'needs a list, each entry beginning with "- id:"' });
    else lists.push([heading, list]);
  }
  return lists;
}

const isHeading = (text: string): text is Headings => Object.hasOwn(entrySchemas, text);

function nameOf(heading: string, raw: unknown, index: number): string {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : undefined;
  return typeof id === 'string' ? `${heading} ${id}` : `${heading} number ${index + 1}`;
}

function complaintOf(issue: v.BaseIssue<unknown>, file: string, entry: string): Complaint {
  const field = (issue.path ?? []).map((item) => String(item.key)).join('.');
  return { file, entry, field, expected: expectation(issue) };
}

function expectation(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'is not a field here; check its spelling';
  if (issue.received === 'undefined') return `is missing (${issue.expected ?? issue.message})`;
  // Schemas that say in plain words what they expect do so as their message; the others list it.
  const wish = issue.kind === 'validation' && !issue.message.startsWith('Invalid') ? issue.message : (issue.expected ?? issue.message);
  return `needs ${wish}, but has ${issue.received}`;
}

function twice(entries: readonly Entry[]): Complaint[] {
  const first = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    const other = first.get(entry.id);
    if (other !== undefined)
      return [{ file: entry.file, entry: `${entry.heading} ${entry.id}`, field: 'id', expected: `is already used in ${other.file}, ${other.heading}` }];
    first.set(entry.id, entry);
    return [];
  });
}
