/** Tries that a voice has to come through whole: on a machine that is busy otherwise, sound gets lost before any browser has it. */
const TRIES = 3;

export async function inTries(attempt: () => Promise<void>): Promise<void> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
