import type { Entry } from './entry.ts';
import type { recoveryEn } from './recovery-en.ts';

/** The same in German. */
export const recoveryDe: Readonly<Record<keyof typeof recoveryEn, Entry>> = {
  'recovery.title': 'Schreib das auf',
  'recovery.lead': 'Das ist dein Wiederherstellungscode. Wenn du alle Geräte verlierst, bringt nur er deine Sprachnachrichten zurück. Sonst hat ihn niemand, auch nicht der Server.',
  'recovery.code': 'Wiederherstellungscode',
  'recovery.copy': 'Kopieren',
  'recovery.download': 'Als Datei sichern',
  'recovery.file': 'Wiederherstellungscode für @{handle} bei {origin}. Wer ihn hat, kann alles hören: Bewahre ihn auf wie einen Schlüssel.',
  'recovery.warning': 'Bewahre ihn dort auf, wo nur du ihn findest. Ohne Gerät und ohne diesen Code ist alles bisher Gesagte verloren.',
  'recovery.written': 'Ich habe ihn',
  'recovery.confirmTitle': 'Noch einmal, zur Sicherheit',
  'recovery.confirmLead': 'Sieh nach, was du aufbewahrt hast.',
  'recovery.group': 'Gruppe Nummer {number}',
  'recovery.confirm': 'Das ist sie',
  'recovery.again': 'Code noch einmal zeigen',
  'recovery.other': 'Das steht dort nicht. Vergleiche noch einmal; gezählt wird von links.',
  'recovery.about': 'Er bringt alles zurück, wenn alle Geräte verloren sind. Code verloren? Mache einen neuen, solange du noch ein Gerät hast.',
  'recovery.renew': 'Neuen Code machen',
  'recovery.renewTitle': 'Einen neuen Wiederherstellungscode machen?',
  'recovery.renewText': 'Der Code, den du jetzt hast, öffnet dann nichts mehr.',
  'locked.title': 'Dieses Gerät hat noch keinen Schlüssel',
  'locked.lead': 'Du bist angemeldet, {name}. Was gesagt wurde, ist versiegelt: Ein anderes Gerät von dir oder dein Wiederherstellungscode öffnet es hier.',
  'locked.hint': 'Sieben Gruppen zu vier Zeichen. Groß oder klein geschrieben ist gleich.',
  'locked.submit': 'Öffnen',
  'locked.busy': 'Wird geöffnet …',
  'locked.byCode': 'Wiederherstellungscode eingeben',
  'signIn.otherDevice': 'Ich habe ein anderes Gerät',
  'settings.addDevice': 'Gerät hinzufügen',
  'settings.deviceLocked': 'Noch nicht hereingelassen',
  'signIn.recover': 'Mit dem Wiederherstellungscode hinein',
};
