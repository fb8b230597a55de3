import assert from 'node:assert/strict';

/** Long enough for a busy machine. Milliseconds. */
const PATIENCE = 20_000;

/** Resolves once it holds, which is asked again and again. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    assert.ok(Date.now() < end, 'it never came about');
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
}
