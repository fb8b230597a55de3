import type { Words } from './words.ts';

/** How much room something takes: "43.1 kB", "10.7 GB". Short messages are far below a megabyte, and something is never shown as nothing. */
export function sayBytes({ locale }: Words, count: number): string {
  const [size, unit] = count < 1e5 ? [1e3, 'kilobyte'] : count < 1e9 ? [1e6, 'megabyte'] : [1e9, 'gigabyte'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(count / size);
}
