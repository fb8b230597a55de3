const DAY = 86_400_000;

/** Of milliseconds that passed, as people say it. */
export function daysAgo(passed: number): string {
  const days = Math.floor(passed / DAY);
  return days < 1 ? 'less than a day ago' : days === 1 ? 'a day ago' : `${String(days)} days ago`;
}
