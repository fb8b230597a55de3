/**
 * The words in which knowledge is written, and the only place where they become numbers.
 * Whoever writes knowledge chooses a word; nobody has to believe in a third decimal.
 */

/** How often something is so, among the people to whom the rest applies. */
export const often = { always: 0.97, usually: 0.8, sometimes: 0.4, rarely: 0.1, never: 0.01 } as const;
export type Often = keyof typeof often;

/** How common a cause is among all people whose voice messages fail. */
export const usual = { usual: 8, common: 4, uncommon: 1.5, rare: 0.5 } as const;
export type Usual = keyof typeof usual;

/** What a step may cost beside time, in the seconds that somebody would gladly spend to avoid it. */
export const risk = { none: 0, low: 30, medium: 300, high: 3600 } as const;
export type Risk = keyof typeof risk;

/** From the least to the greatest. */
export const risks: readonly Risk[] = ['none', 'low', 'medium', 'high'];
