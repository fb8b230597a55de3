import type { Entry } from './entry.ts';
import type { recoveryEn } from './recovery-en.ts';

/** The same in German. */
export const recoveryDe: Readonly<Record<keyof typeof recoveryEn, Entry>> = {
  'recovery.code': 'Wiederherstellungscode',
  'recovery.other': 'Das steht dort nicht. Vergleiche noch einmal; gezählt wird von links.',
  'locked.title': 'Dieses Gerät hat noch keinen Schlüssel',
  'locked.lead': 'Du bist angemeldet, {name}. Was gesagt wurde, ist versiegelt: Ein anderes Gerät von dir oder dein Wiederherstellungscode öffnet es hier.',
  'locked.hint': 'Sieben Gruppen zu vier Zeichen. Groß oder klein geschrieben ist gleich.',
  'locked.submit': 'Öffnen',
  'locked.busy': 'Wird geöffnet …',
  'locked.byCode': 'Wiederherstellungscode eingeben',
  'about.safety': 'Sicherheitsnummer',
  'signIn.otherDevice': 'Ich habe ein anderes Gerät',
  'settings.addDevice': 'Gerät hinzufügen',
  'settings.deviceLocked': 'Noch nicht hereingelassen',
  'signIn.recover': 'Mit dem Wiederherstellungscode hinein',
};
