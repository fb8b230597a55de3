/** What a saved message is called: `2026-03-01 14.05.09 Anna Berg 1m12s.ogg`, sorted by time wherever it is listed. */
export function messageFileName(message: { readonly time: number; readonly from: string; readonly seconds: number }, extension: string): string {
  return `${stamp(new Date(message.time))} ${safe(message.from)} ${spokenLength(message.seconds)}.${extension}`;
}

/** `7s`, `1m12s`, `2h00m05s`. */
export function spokenLength(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return `${hours}h${two(minutes)}m${two(rest)}s`;
  return minutes > 0 ? `${minutes}m${two(rest)}s` : `${rest}s`;
}

/** Local time, without colons, which some systems do not take in a name. */
function stamp(date: Date): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}.${two(date.getMinutes())}.${two(date.getSeconds())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** A name that somebody chose may hold anything; what has a meaning in a path, or none on a screen, becomes a space. */
function safe(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[. ]+|[. ]+$/g, '');
  // Whole letters are counted, and 64 of 4 bytes would be longer than a name may be on some disks.
  return Array.from(plain).slice(0, 40).join('') || 'somebody';
}
