/**
 * Something is wrong on this machine that a person can put right.
 * Its message is one line that says what to do; a stack trace would only hide that line.
 */
export class Complaint extends Error {}

/**
 * The outermost line of every script: runs it, and turns its outcome into the exit code of this process.
 *
 * @param {() => Promise<number>} script returns the exit code
 */
export async function main(script) {
  try {
    process.exitCode = await script();
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
