import type { ComponentName, IncidentCause } from '@earshot/protocol/incidents.ts';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { Health } from '@earshot/protocol/status.ts';

export interface PageWords {
  readonly language: 'en' | 'de';
  readonly title: string;
  readonly overall: Readonly<Record<Health, { readonly head: string; readonly text: string }>>;
  readonly health: Readonly<Record<Health, string>>;
  readonly parts: string;
  readonly part: Readonly<Record<ComponentName, string>>;
  readonly free: (gigabytes: number) => string;
  /** Followed by how long ago. */
  readonly seen: string;
  readonly past: string;
  readonly none: string;
  readonly now: string;
  readonly lasted: string;
  readonly asked: string;
  readonly program: string;
  readonly other: string;
  readonly cause: (cause: IncidentCause) => { readonly what: string; readonly means: string };
}

const en: PageWords = {
  language: 'en', title: 'How this server is',
  overall: {
    good: { head: 'Everything works', text: 'If Earshot does not work for you now, it is something between you and this server: most likely your network.' },
    trouble: { head: 'Something is not as it should be', text: 'It is this server, not you. What you say is kept on your device.' },
    down: { head: 'Messages cannot be sent at the moment', text: 'It is this server, not you. What you say is kept on your device and goes out by itself.' },
  },
  health: { good: 'works', trouble: 'in trouble', down: 'does not work' },
  parts: 'The parts',
  part: { server: 'Server', database: 'Memory for messages', storage: 'Disk', uploads: 'Receiving sound', live: 'Live connections', push: 'Waking closed apps', upkeep: 'Clearing up', backup: 'Backup', clock: 'Clock' },
  free: (gigabytes) => (gigabytes < 1 ? 'less than 1 GB free' : `${gigabytes.toLocaleString('en')} GB free`),
  seen: 'seen to work',
  past: 'The last 90 days', none: 'Nothing happened.', now: 'still going on', lasted: 'lasted',
  asked: 'As of', program: 'The same for programs', other: 'Deutsch',
  cause: (cause) => incidentCauses[cause],
};

const de: PageWords = {
  language: 'de', title: 'Wie es diesem Server geht',
  overall: {
    good: { head: 'Alles funktioniert', text: 'Wenn Earshot bei dir gerade nicht geht, liegt es an etwas zwischen dir und diesem Server: am ehesten an deinem Netz.' },
    trouble: { head: 'Etwas ist nicht, wie es sein soll', text: 'Es liegt an diesem Server, nicht an dir. Was du sagst, bleibt auf deinem Gerät erhalten.' },
    down: { head: 'Gerade kann nichts gesendet werden', text: 'Es liegt an diesem Server, nicht an dir. Was du sagst, bleibt auf deinem Gerät und geht später von selbst hinaus.' },
  },
  health: { good: 'geht', trouble: 'gestört', down: 'geht nicht' },
  parts: 'Die Teile',
  part: { server: 'Server', database: 'Gedächtnis für Nachrichten', storage: 'Festplatte', uploads: 'Empfang von Ton', live: 'Offene Verbindungen', push: 'Wecken geschlossener Apps', upkeep: 'Aufräumen', backup: 'Sicherung', clock: 'Uhr' },
  free: (gigabytes) => (gigabytes < 1 ? 'weniger als 1 GB frei' : `${gigabytes.toLocaleString('de')} GB frei`),
  seen: 'zuletzt gut',
  past: 'Die letzten 90 Tage', none: 'Es ist nichts vorgefallen.', now: 'dauert an', lasted: 'dauerte',
  asked: 'Stand', program: 'Dasselbe für Programme', other: 'English',
  cause: (cause) => germanCauses[cause],
};

const germanCauses: Readonly<Record<IncidentCause, { readonly what: string; readonly means: string }>> = {
  'server.outage': { what: 'Der Server ist ohne Vorwarnung ausgefallen.', means: 'Er war nicht erreichbar. Nichts, was er bestätigt hatte, ging verloren; was unterwegs war, wartete auf den Geräten.' },
  'server.announced': { what: 'Wer diesen Server betreibt, hat etwas angekündigt.', means: 'Siehe die eigenen Worte dazu.' },
  'database.failed': { what: 'Die Datenbank ließ sich nicht auf die Festplatte schreiben.', means: 'Neue Nachrichten warten auf den Geräten, bis der Server neu gestartet ist. Nichts, was er bestätigt hat, ist verloren.' },
  'database.damaged': { what: 'Der Datenordner war beschädigt.', means: 'Einzelne Nachrichten lassen sich von hier vielleicht nicht abspielen. Die Geräte haben ihre Kopien noch.' },
  'storage.full': { what: 'Die Festplatte ist voll.', means: 'Neue Nachrichten warten auf den Geräten. Was da ist, lässt sich hören.' },
  'storage.unwritable': { what: 'Auf die Festplatte lässt sich nicht schreiben.', means: 'Neue Nachrichten warten auf den Geräten. Was da ist, lässt sich hören.' },
  'uploads.failed': { what: 'Ton konnte nicht abgelegt werden.', means: 'Neue Nachrichten warten auf den Geräten und werden von selbst wieder versucht.' },
  'live.failed': { what: 'Um die offenen Verbindungen kümmert sich niemand.', means: 'Ein abgemeldetes Gerät bleibt vielleicht länger verbunden, als es soll.' },
  'push.failed': { what: 'Geschlossene Apps ließen sich nicht wecken.', means: 'Neue Nachrichten sieht man, sobald man die App öffnet.' },
  'upkeep.failed': { what: 'Das Aufräumen ist fehlgeschlagen.', means: 'Was abgelaufen ist, bleibt länger liegen. Sonst ändert sich nichts.' },
  'backup.stale': { what: 'Die letzte Sicherung ist älter als eine Woche.', means: 'Es ist nichts verloren. Ginge die Festplatte kaputt, wäre das Neuere nur noch auf den Geräten.' },
  'backup.failed': { what: 'Die letzte Sicherung ist misslungen.', means: 'Es ist nichts verloren. Bis wieder eine gelingt, ist das Neue nur auf diesem Server und auf den Geräten.' },
  'clock.jumped': { what: 'Die Uhr des Servers ist gesprungen.', means: 'Gezeigte Zeiten von da an können falsch sein. Die Reihenfolge der Nachrichten hängt nicht davon ab.' },
};

/** The language asked for by name, else the first that the browser would like. */
export function pageWords(named: string | undefined, accepted: string | undefined): PageWords {
  if (named === 'de' || named === 'en') return named === 'de' ? de : en;
  const wished = (accepted ?? '').toLowerCase().split(',').map((one) => one.trim().slice(0, 2)).find((one) => one === 'de' || one === 'en');
  return wished === 'de' ? de : en;
}
