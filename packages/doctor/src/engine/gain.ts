import { proven } from './proof.ts';
import type { Asked, Model } from './belief.ts';
import { unknown, type Session } from './session.ts';

/** What it costs somebody to understand a thing and begin with it, in seconds. */
export const attention = 150;
/** Fewer bits than this are not worth a question. */
const worthAsking = 0.03;

/** An answer that was less probable than this, as far as is believed by now, is doubted. */
const surprising = 0.3;

/** The question that tells most about the causes for its time; none when nothing is worth asking. */
export function bestQuestion(model: Model, session: Session, belief: readonly number[]): string | undefined {
  const open = [...unanswered(model, session), ...doubtful(model, session, belief)];
  const rated = open
    .map((asked) => ({ id: asked.entry.id, bits: expectedBits(asked, belief), seconds: asked.entry.seconds + attention }))
    .filter(({ bits }) => bits >= worthAsking);
  return rated.toSorted((a, b) => b.bits / b.seconds - a.bits / a.seconds)[0]?.id;
}

/** For a cause that seems right and may not be named yet: what would prove it. */
export function proofQuestion(model: Model, session: Session, index: number): string | undefined {
  const cause = model.scope.causes[index];
  if (cause?.proof === undefined || proven(session, cause)) return undefined;
  return unanswered(model, session).find(({ entry }) => cause.proof?.of[entry.id] !== undefined)?.entry.id;
}

function unanswered(model: Model, session: Session): Asked[] {
  const known = new Set(session.happened.flatMap((each) => (each.kind === 'answer' ? [each.of] : [])));
  return model.scope.questions.flatMap(({ id }) => (known.has(id) ? [] : (model.asked.get(id) ?? [])));
}

/** What was answered once and does not fit what is believed by now: it is asked once more, for people err. */
function doubtful(model: Model, session: Session, belief: readonly number[]): Asked[] {
  const answers = session.happened.filter((each) => each.kind === 'answer');
  const said = Map.groupBy(answers, ({ of }) => of);
  return model.scope.questions.flatMap(({ id }) => {
    const [first, ...again] = said.get(id) ?? [];
    const asked = model.asked.get(id);
    const given = asked?.given.get(first?.answer ?? unknown);
    if (asked === undefined || given === undefined || again.length > 0) return [];
    return belief.reduce((sum, each, index) => sum + each * (given[index] ?? 0), 0) < surprising ? [asked] : [];
  });
}

/** By how many bits the answer is expected to narrow the causes down. */
function expectedBits({ given }: Asked, belief: readonly number[]): number {
  let left = 0;
  for (const chances of given.values()) {
    const joint = belief.map((each, index) => each * (chances[index] ?? 0));
    const whole = joint.reduce((sum, each) => sum + each, 0);
    left += joint.reduce((sum, each) => sum + (each > 0 ? each * Math.log2(whole / each) : 0), 0);
  }
  return entropy(belief) - left;
}

function entropy(belief: readonly number[]): number {
  return belief.reduce((sum, each) => sum - (each > 0 ? each * Math.log2(each) : 0), 0);
}
