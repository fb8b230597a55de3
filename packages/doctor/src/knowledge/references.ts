import type { Answer, Knowledge } from './schema.ts';
import type { Complaint, Headings } from './validate.ts';

type Known = ReadonlyMap<string, { readonly heading: Headings; readonly file: string; readonly answers?: readonly Answer[] }>;
type Complain = (field: string, expected: string) => void;

/** What one entry says of another: every id must exist, be of the right kind, and have the answers that are spoken of. */
export function referenceComplaints(knowledge: Knowledge, files: ReadonlyMap<string, string>): Complaint[] {
  const complaints: Complaint[] = [];
  const known = everything(knowledge, files);
  const on = (heading: Headings, id: string): Complain => {
    return (field, expected) => complaints.push({ file: files.get(id) ?? '', entry: `${heading} ${id}`, field, expected });
  };
  for (const symptom of knowledge.symptoms) {
    const complain = on('symptoms', symptom.id);
    for (const cause of Object.keys(symptom.likely)) expectKind(known, cause, ['causes'], `likely.${cause}`, complain);
  }
  for (const cause of knowledge.causes) {
    const complain = on('causes', cause.id);
    for (const [of, shown] of Object.entries(cause.shows)) expectAnswers(known, of, Object.keys(shown), `shows.${of}`, complain);
    for (const [of, answers] of Object.entries(cause.proof?.of ?? {})) expectAnswers(known, of, answers, `proof.of.${of}`, complain);
  }
  for (const asked of [...knowledge.probes, ...knowledge.questions]) {
    const heading = known.get(asked.id)?.heading ?? 'probes';
    expectAnswers(known, asked.id, Object.keys(asked.ordinarily ?? {}), 'ordinarily', on(heading, asked.id));
  }
  for (const step of knowledge.steps) {
    const complain = on('steps', step.id);
    for (const cause of Object.keys(step.clears)) expectKind(known, cause, ['causes'], `clears.${cause}`, complain);
    for (const before of step.notBefore ?? []) expectKind(known, before, ['steps'], 'notBefore', complain);
    for (const again of step.after ?? []) expectKind(known, again, ['probes', 'questions'], 'after', complain);
    if (expectKind(known, step.test, ['probes', 'questions'], 'test', complain)) expectFine(known, step.test, complain);
  }
  for (const fact of knowledge.facts) {
    for (const id of fact.beside ?? []) expectKind(known, id, ['symptoms', 'causes', 'questions', 'steps', 'probes'], 'beside', on('facts', fact.id));
  }
  return complaints;
}

function everything(knowledge: Knowledge, files: ReadonlyMap<string, string>): Known {
  const lists = Object.entries(knowledge) as [Headings, readonly { id: string; answers?: readonly Answer[] }[]][];
  return new Map(
    lists.flatMap(([heading, list]) =>
      list.map(({ id, answers }) => [id, { heading, file: files.get(id) ?? '', ...(answers === undefined ? {} : { answers }) }] as const),
    ),
  );
}

function expectKind(known: Known, id: string, headings: readonly Headings[], field: string, complain: Complain): boolean {
  const entry = known.get(id);
  if (entry !== undefined && headings.includes(entry.heading)) return true;
  complain(field, entry === undefined ? `there is no "${id}"` : `"${id}" is under ${entry.heading}; this needs one of ${headings.join(' or ')}`);
  return false;
}

function expectAnswers(known: Known, id: string, answers: readonly string[], field: string, complain: Complain): void {
  if (!expectKind(known, id, ['probes', 'questions'], field, complain)) return;
  const possible = (known.get(id)?.answers ?? []).map((answer) => answer.id);
  for (const answer of answers) {
    if (!possible.includes(answer)) complain(field, `"${id}" has no answer "${answer}"; it has ${possible.join(', ')}`);
  }
}

/** A re-test must be able to say that all is well. */
function expectFine(known: Known, id: string, complain: Complain): void {
  const answers = known.get(id)?.answers ?? [];
  if (!answers.some((answer) => answer.fine === true)) complain('test', `no answer of "${id}" is marked fine: true, so nothing could ever count as cured`);
}
