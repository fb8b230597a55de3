/**
 * Runs `work` now and, when asked again while it runs, once more afterwards: a burst of happenings costs two readings, and the
 * last reading always began after the last happening.
 */
export function refresher(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    running = true;
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = false;
    }
  };
  return () => {
    again = true;
    if (!running) run().catch(failed);
  };
}
