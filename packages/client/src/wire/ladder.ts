/**
 * How to get through where not everything passes: ways to do one thing, the best first, each later one asking less of the network
 * between here and the server.
 */
export interface Standing {
  /** The way in use: 0 is the best one. */
  readonly rung: number;
  /** Milliseconds since 1970 after which the best one is tried again. */
  readonly until: number;
  /** Tries in a row of the way in use that nobody answered. */
  readonly drops: number;
  /** Whether the server has answered something plain since the last of them. */
  readonly answered: boolean;
}

export type Outcome =
  /** The server itself answered, whatever it said. */
  | 'passed'
  /** Somebody on the way answered in its place. */
  | 'refused'
  /** Nobody answered. */
  | 'dropped'
  /** Something else, that needs nothing but GET and POST, was answered by the server. */
  | 'plain';

export const BEST: Standing = { rung: 0, until: 0, drops: 0, answered: true };

/** A lesser way is kept for so long before the best one gets another chance. Milliseconds. */
const HOLD = 600_000;
/** One try that nobody answers is an accident. */
const DROPS = 2;

/** The way to use now. */
export function rungAt({ rung, until }: Standing, now: number): number {
  // A clock that was put back must not hold a lesser way for days.
  return now < until && until <= now + HOLD ? rung : 0;
}

/**
 * What follows from how it went.
 *
 * 1. A way that passes stays, and a lesser one stays for HOLD, counted from when it was taken; then the best one is tried again.
 * 2. A refusal by somebody on the way leads one rung down at once.
 * 3. Silence leads down only when it came DROPS times in a row, each time after the server had answered something plain: a network that is
 *    simply not there changes nothing. When the best way is tried again, one silence is enough.
 * 4. Below the last rung is the first: when no way passes, it is not the way.
 */
export function next(standing: Standing, rungs: number, outcome: Outcome, now: number): Standing {
  const rung = rungAt(standing, now);
  const again = rung === 0 && standing.rung > 0;
  switch (outcome) {
    case 'plain':
      return standing.answered ? standing : { ...standing, answered: true };
    case 'passed':
      return rung === 0 ? BEST : { ...standing, drops: 0, answered: true };
    case 'dropped': {
      if (!standing.answered) return standing;
      const drops = standing.drops + 1;
      if (drops < DROPS && !again) return { ...standing, drops, answered: false };
      return { ...below(rung, rungs, now), answered: false };
    }
    case 'refused':
      return below(rung, rungs, now);
  }
}

function below(rung: number, rungs: number, now: number): Standing {
  return rung + 1 < rungs ? { rung: rung + 1, until: now + HOLD, drops: 0, answered: true } : BEST;
}
