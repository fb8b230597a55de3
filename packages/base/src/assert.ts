/**
 * An assertion guards against our own bugs. What the world does wrong (a torn file, a refused request) is a `Failure`
 * with a code, never an assertion.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion: ${message}`);
}

/** Closes an exhaustive switch: adding a variant without handling it no longer compiles. */
export function unreachable(value: never): never {
  throw new Error(`assertion: unreachable ${JSON.stringify(value)}`);
}
