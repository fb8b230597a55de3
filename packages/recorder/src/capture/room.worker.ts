import { secondsOf } from './room.ts';
import type { Room } from './room.ts';

/** Milliseconds: nobody waits for an estimate with the button pressed. */
const PATIENCE = 500;

/** As the browser estimates it. */
export const browserRoom: Room = {
  secondsLeft: async () => {
    try {
      const late = new Promise<StorageEstimate>((resolve) => setTimeout(() => resolve({}), PATIENCE));
      const { quota, usage } = await Promise.race([navigator.storage.estimate(), late]);
      return quota === undefined || usage === undefined ? null : secondsOf(quota - usage);
    } catch {
      // Some engines refuse in private windows. The disk itself tells when it is full.
      return null;
    }
  },
};
