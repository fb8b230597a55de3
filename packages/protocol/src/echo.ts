/** POST; `?answer=N` asks for N bytes. Measures the way in both directions and shows what a filter stops; needs no session. */
export const echoRoute = '/v1/echo';
/** In the answer: how many bytes arrived. */
export const echoHeader = 'earshot-received';

/** The bytes of an answer: every one is known beforehand, so that damage on the way is seen. No compression makes them short. */
export function echoAnswer(bytes: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(bytes);
  // A linear congruence (the constants of Numerical Recipes); its upper byte repeats only after four billion.
  let state = 1;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    made[at] = state >>> 24;
  }
  return made;
}
