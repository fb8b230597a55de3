/**
 * Where one second of a take is, from least to most: handed to the storage (a killed browser no longer costs it), safe on this device
 * (it survives a power cut), on the server.
 */
export type Custody = 'memory' | 'device' | 'server';

const PACKETS_PER_SECOND = 50;

/**
 * The custody of each second that has begun. A second is as safe as its least safe packet. `total` and `safe` come with the `frames`
 * of the recorder, `stored` from whoever sends; all are packets of the take.
 */
export function custodyOf({ total, safe, stored }: { readonly total: number; readonly safe: number; readonly stored: number }): Custody[] {
  return Array.from({ length: Math.ceil(total / PACKETS_PER_SECOND) }, (_, second) => {
    const end = Math.min(total, (second + 1) * PACKETS_PER_SECOND);
    if (stored >= end) return 'server';
    return safe >= end ? 'device' : 'memory';
  });
}
