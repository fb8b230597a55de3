import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { WordKey } from './en.ts';
import type { Entry } from './entry.ts';
import type { Speech } from './speech.ts';

/** What the interface says, in one language. Every number, date and length goes through the locale. */
export interface Words {
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** The sentence of a key. `{name}` is filled from `values`; a plural is chosen by `values.count`. */
  t(key: WordKey, values?: Readonly<Record<string, string | number>>): string;
  /** Loads the words of the views that are not drawn at once. */
  more(): Promise<void>;
  failure(code: FailureCode): { cause: string; next: string };
  /** Length for the eye: 0:42, 1:02:03. */
  length(seconds: number): string;
  /** A short length exactly: "1.2 seconds". */
  tenths(seconds: number): string;
  /** Length for the ear: "42 seconds". */
  spokenLength(seconds: number): string;
  /** A span of time in its largest unit: "2 minutes", "30 days". */
  span(seconds: number): string;
  /** Time of day. */
  time(at: number): string;
  /** "Today", "Yesterday", a weekday, a date: what heads a day of messages. */
  day(at: number, now: number): string;
  /** As short as a list has room for: time today, else the day. */
  brief(at: number, now: number): string;
  /** A moment to count from: time today, else day and time. */
  since(at: number, now: number): string;
  /** Date and time in full. */
  moment(at: number): string;
  /** Names joined: "Ada, Ben and Cy". */
  names(list: readonly string[]): string;
  number(value: number): string;
}

/** `locale` may name a region of the language: dates and numbers follow it. */
export function createWords(speech: Speech, locale: string, timeZone?: string): Words {
  const plural = new Intl.PluralRules(locale);
  let catalogue: Said = speech.catalogue;
  return {
    locale,
    direction: 'ltr',
    t: (key, values = {}) => fill(pick(catalogue, key, plural, values['count']), values),
    more: async () => {
      catalogue = { ...catalogue, ...(await speech.more()) };
    },
    failure: (code) => speech.failures[code],
    ...dates(locale, timeZone),
    ...amounts(locale),
  };
}

/** What is not loaded yet says nothing. */
type Said = Readonly<Partial<Record<WordKey, Entry>>>;

function pick(catalogue: Said, key: WordKey, plural: Intl.PluralRules, count: string | number | undefined): string {
  const entry = catalogue[key] ?? '';
  if (typeof entry === 'string') return entry;
  return plural.select(Number(count)) === 'one' ? entry.one : entry.other;
}

function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole));
}

function amounts(locale: string): Pick<Words, 'length' | 'tenths' | 'spokenLength' | 'span' | 'names' | 'number'> {
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const unit = (value: number, name: string, digits = 0): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long', maximumFractionDigits: digits }).format(value);
  return {
    length: (seconds) => clockLength(Math.max(0, seconds)),
    tenths: (seconds) => unit(seconds, 'second', 1),
    span: (seconds) => {
      const [size, name] = spans.find(([least]) => seconds >= least) ?? [1, 'second'];
      return unit(seconds / size, name, 1);
    },
    spokenLength: (seconds) => {
      const whole = Math.round(seconds);
      if (whole < 60) return unit(whole, 'second');
      const minutes = unit(Math.floor(whole / 60), 'minute');
      return whole % 60 === 0 ? minutes : `${minutes} ${unit(whole % 60, 'second')}`;
    },
    names: (names) => list.format(names),
    number: (value) => new Intl.NumberFormat(locale).format(value),
  };
}

const spans = [[86_400, 'day'], [3_600, 'hour'], [60, 'minute']] as const;

function clockLength(seconds: number): string {
  const whole = Math.floor(seconds + 0.05);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function dates(locale: string, timeZone?: string): Pick<Words, 'time' | 'day' | 'brief' | 'since' | 'moment'> {
  const zone = timeZone === undefined ? {} : { timeZone };
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat(locale, { ...options, ...zone });
  const clock = format({ hour: 'numeric', minute: '2-digit' });
  const weekday = format({ weekday: 'long' });
  const date = format({ day: 'numeric', month: 'long', year: 'numeric' });
  const shortDate = format({ day: 'numeric', month: 'short' });
  const shortMoment = format({ day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });
  const full = format({ dateStyle: 'long', timeStyle: 'short' });
  // Days are counted in the person's time zone: the calendar date there, read back as if it were UTC.
  const key = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', ...zone });
  const daysAgo = (at: number, now: number): number => Math.round((Date.parse(key.format(now)) - Date.parse(key.format(at))) / 86_400_000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const capital = (text: string): string => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  const named = (at: number, now: number): string | null => {
    const ago = daysAgo(at, now);
    if (ago === 0 || ago === 1) return capital(relative.format(-ago, 'day'));
    return ago > 1 && ago < 7 ? weekday.format(at) : null;
  };
  return {
    time: (at) => clock.format(at),
    day: (at, now) => named(at, now) ?? date.format(at),
    brief: (at, now) => (daysAgo(at, now) === 0 ? clock.format(at) : (named(at, now) ?? shortDate.format(at))),
    since: (at, now) => (daysAgo(at, now) === 0 ? clock : shortMoment).format(at),
    moment: (at) => full.format(at),
  };
}
