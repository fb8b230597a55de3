/**
 * Runs `work` now and, when asked again while it runs, once more afterwards: a burst of happenings costs two readings, and the
 * last reading always began after the last happening, also when the one before it failed.
 */
export function refresher(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      await work().catch(failed);
    } while (again);
    running = false;
  };
  return () => {
    again = true;
    if (!running) void run();
  };
}
