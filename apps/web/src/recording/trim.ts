/** Which end of a draft is being cut. */
export type End = 'start' | 'end';

/** Never cut away by a handle: a draft of nothing could only be discarded. Packets. */
const REST = 25;

/** At most so many packets can be cut from either end of so many. */
export function mostCut(packets: number): number {
  return Math.max(0, packets - REST);
}

/** Where a handle goes by a key, in packets that are cut; null for keys that mean nothing here. Arrows move by 0.1 s, page keys by 1 s. */
export function trimKey(end: End, key: string, cut: number, packets: number): number | null {
  const inwards = end === 'start' ? 1 : -1;
  const steps: Readonly<Record<string, number>> = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 50, PageDown: -50 };
  const step = steps[key];
  return step === undefined ? null : within(cut + inwards * step, packets);
}

/** Where a handle goes by a pointer at this share (0 to 1) of the waveform's width. */
export function trimShare(end: End, share: number, packets: number): number {
  return within(Math.round((end === 'start' ? share : 1 - share) * packets), packets);
}

/** What is to be cut, in packets of the take. */
export function cutOf(end: End, cut: number, packets: number): { readonly kind: 'cut'; readonly from: number; readonly to: number } {
  return end === 'start' ? { kind: 'cut', from: 0, to: cut } : { kind: 'cut', from: packets - cut, to: packets };
}

function within(cut: number, packets: number): number {
  return Math.min(Math.max(0, cut), mostCut(packets));
}
