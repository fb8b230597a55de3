const DAY = 86_400_000;

/** Of milliseconds that passed, as people say it; many less than none where a clock was ahead. */
export function daysAgo(passed: number): string {
  const days = Math.floor(passed / DAY);
  return days < -1 ? 'noted by a clock that was ahead' : days < 1 ? 'less than a day ago' : days === 1 ? 'a day ago' : `${String(days)} days ago`;
}
