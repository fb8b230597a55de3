import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { Component, Incident, StatusAnswer } from '@earshot/protocol/status.ts';
import { pageStyle } from './page-style.ts';
import type { PageWords } from './page-words.ts';

/** The status for people, as one page that needs nothing else: no script, no other file, no account. */
export function statusPage(status: StatusAnswer, words: PageWords): string {
  const { head, text } = words.overall[status.state];
  const other = words.language === 'en' ? 'de' : 'en';
  return `<!doctype html>
<html lang="${words.language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="60"><title>${escaped(`${head} · Earshot`)}</title><style>${pageStyle}</style></head>
<body><main>
<header><h1>Earshot · ${escaped(words.title)}</h1><a href="/status?lang=${other}" lang="${other}" hreflang="${other}">${words.other}</a></header>
<div class="overall ${status.state}" role="status"><strong>${escaped(head)}</strong><p>${escaped(text)}</p></div>
<h2>${escaped(words.parts)}</h2>
<ul>${status.components.map((one) => part(one, status.now, words)).join('')}</ul>
<h2>${escaped(words.past)}</h2>
${status.incidents.length === 0 ? `<p class="nothing">${escaped(words.none)}</p>` : `<ul>${status.incidents.map((one) => happening(one, status.now, words)).join('')}</ul>`}
<footer>${escaped(words.asked)} ${moment(status.now, words)} · Earshot ${escaped(status.version)} · <a href="/v1/status">${escaped(words.program)}</a></footer>
</main></body></html>
`;
}

function part({ name, state, seen, facts }: Component, now: number, words: PageWords): string {
  const { freeGigabytes } = facts;
  const remarks = [
    ...(typeof freeGigabytes === 'number' ? [escaped(words.free(freeGigabytes))] : []),
    ...(seen === null || seen === now ? [] : [escaped(`${words.seen} ${ago(now - seen, words)}`)]),
  ];
  return `<li class="part"><div><b>${escaped(words.part[name])}</b>${remarks.length === 0 ? '' : `<small>${remarks.join(' · ')}</small>`}</div><span class="mark ${state}">${escaped(words.health[state])}</span></li>`;
}

function happening({ cause, began, ended, note }: Incident, now: number, words: PageWords): string {
  const { what, means } = words.cause(cause);
  const { severity } = incidentCauses[cause];
  const lasted = `${words.lasted} ${duration((ended ?? now) - began, words)}`;
  const when = ended === null ? `${moment(began, words)} · ${escaped(words.now)}` : `${moment(began, words)}${ended > began ? ` · ${escaped(lasted)}` : ''}`;
  const own = note === null ? `<p>${escaped(means)}</p>` : `<blockquote>${escaped(note)}</blockquote>`;
  return `<li class="incident"><span class="mark ${ended === null ? severity : 'over'}">${escaped(what)}</span><p class="when">${when}</p>${own}</li>`;
}

/** In UTC and saying so: without a script nobody knows where the reader is. */
function moment(at: number, { language }: PageWords): string {
  const date = new Date(at);
  return `<time datetime="${date.toISOString()}">${new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(date)} UTC</time>`;
}

function duration(milliseconds: number, { language }: PageWords): string {
  const { unit, count } = counted(milliseconds);
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

function ago(milliseconds: number, { language }: PageWords): string {
  const { unit, count } = counted(milliseconds);
  return new Intl.RelativeTimeFormat(language).format(-count, unit);
}

/** In the largest unit that does not hide a half of it. */
function counted(milliseconds: number): { readonly unit: 'second' | 'minute' | 'hour' | 'day'; readonly count: number } {
  const { unit, size } = units.find((one) => milliseconds >= 2 * one.size) ?? { unit: 'second', size: 1_000 };
  return { unit, count: Math.round(milliseconds / size) };
}

const units = [{ unit: 'day', size: 86_400_000 }, { unit: 'hour', size: 3_600_000 }, { unit: 'minute', size: 60_000 }] as const;

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}
