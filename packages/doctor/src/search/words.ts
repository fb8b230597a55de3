/** Text as search sees it: what differs only in form is one word. */

/** Words that stand in nearly every sentence and tell nothing. */
const fillers = new Set(
  (
    'a an the i my me we it its it’s is are was were be been am do does did done has have had of to in on at for from with and or but so as by if then than that this these those there here ' +
    'when while what which who why how can could will would should just only very too also any some all not no nothing never nobody isn’t doesn’t don’t won’t can’t cannot couldn’t didn’t wasn’t ' +
    'get gets got go goes keep keeps up out off you your they them their he she his her us our about into over before again itself by myself gerade selbst says say tells tell still yet ' +
    'ein eine einen einem einer der die das den dem des ich mein meine meinen meiner mir mich wir es ist sind war waren sein bin hat habe haben hatte zu im in am an auf für von mit und oder aber so als wenn dann dass dies diese dieser ' +
    'was wer wie wo kann konnte wird werden nur sehr auch noch schon man nicht kein keine keinen nichts nie sich bei beim aus über nach vor wieder du dein deine sie ihr ihre er'
  ).split(' '),
);

/** Several names for one thing, the first of which stands for all. */
const same: readonly (readonly string[])[] = [
  ['microphone', 'mic', 'mike', 'mikro', 'mikrofon', 'microphones'],
  ['message', 'messages', 'note', 'notes', 'memo', 'memos', 'nachricht', 'nachrichten', 'sprachnachricht', 'sprachnachrichten', 'sprachmemo'],
  ['voice', 'audio', 'vocal', 'sprach', 'spoken', 'speech'],
  ['wifi', 'wi-fi', 'wlan', 'wi'],
  ['phone', 'handy', 'smartphone', 'iphone', 'telefon', 'mobile', 'cell', 'device', 'gerät'],
  ['storage', 'space', 'room', 'memory', 'speicher', 'speicherplatz', 'platz', 'disk', 'gigabytes', 'gb'],
  ['vanish', 'disappear', 'gone', 'missing', 'lost', 'lose', 'vanished', 'disappeared', 'verschwunden', 'weg'],
  ['muffled', 'dull', 'blurry', 'unclear', 'dumpf', 'underwater', 'cotton'],
  ['crackle', 'crackling', 'distorted', 'distortion', 'noisy', 'static', 'scratchy', 'robotic', 'knistern', 'knackt', 'verzerrt', 'kratzt'],
  ['silent', 'silence', 'mute', 'muted', 'soundless', 'quiet', 'stumm', 'still', 'lautlos'],
  ['stuck', 'hang', 'hangs', 'hanging', 'hung', 'frozen', 'freeze', 'freezes', 'hängt', 'endless', 'forever', 'hours', 'spinning', 'endlos', 'ewig', 'stunden'],
  ['send', 'sent', 'sending', 'sends', 'senden', 'gesendet', 'sendet', 'verschicken', 'verschickt', 'upload', 'uploading', 'deliver'],
  ['record', 'records', 'recording', 'recordings', 'recorded', 'recorder', 'aufnehmen', 'aufnahme', 'aufgenommen', 'aufnahmen'],
  ['delete', 'deleted', 'removed', 'erased', 'erase', 'gelöscht', 'löschen', 'entfernt'],
  ['full', 'voll', 'zero', '0', '99.9'],
  ['waveform', 'wave', 'waves', 'line', 'bars', 'amplitude', 'welle', 'wellen', 'linie'],
  ['flat', 'flach', 'straight', 'motionless', 'gerade'],
  ['crash', 'crashes', 'crashed', 'closes', 'quits', 'abstürzt', 'absturz', 'stürzt', 'abgestürzt'],
  ['play', 'plays', 'playing', 'playback', 'abspielen', 'spielen', 'spielt', 'tap', 'tippen'],
  ['grey', 'gray', 'greyed', 'grayed', 'dimmed', 'inactive', 'grau', 'ausgegraut', 'disabled'],
  ['headset', 'headphones', 'earbuds', 'earphones', 'airpods', 'kopfhörer', 'bluetooth'],
  ['late', 'later', 'delayed', 'delay', 'slow', 'slowly', 'spät', 'später', 'verspätet'],
  ['stutter', 'stutters', 'jerky', 'lag', 'lags', 'laggy', 'choppy', 'ruckelt', 'stottert', 'stockt'],
  ['available', 'unavailable', 'verfügbar'],
  ['afterwards', 'after', 'hinterher', 'nachher', 'danach'],
  ['loudspeaker', 'speaker', 'loudspeakers', 'lautsprecher'],
  ['half', 'incomplete', 'partial', 'halb', 'unvollständig'],
  ['hear', 'hears', 'heard', 'hören', 'hört', 'gehört'],
  ['call', 'calls', 'calling', 'anruf', 'anrufe', 'anrufen', 'telefonieren'],
  ['reset', 'zurücksetzen', 'zurückgesetzt'],
]; // prettier-ignore

const standsFor = new Map(same.flatMap(([first = '', ...others]) => others.map((other) => [stem(plain(other)), stem(plain(first))] as const)));

/** The telling words of a text, in order, each in its one form. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}’'.-]+/u).map((word) => word.replaceAll("'", '’').replaceAll(/^[.’-]+|[.’-]+$/g, ''));
  return words.filter((word) => word !== '' && !fillers.has(word)).map((word) => {
    const form = stem(plain(word));
    return standsFor.get(form) ?? form;
  });
}

/** Without accents, so that somebody who types without them finds the same. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll('ß', 'ss').normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll('-', '');
}

/** Endings of English and German cut off, coarsely: enough that "recordings" and "recorded" meet. */
function stem(word: string): string {
  if (word.length < 5) return word;
  return word.replace(/(?:ations?|ungen|ingly|edly|ings?|ern|ies|ed|es|en|er|em|e|s|n)$/, (ending, at: number) => (at >= 3 ? '' : ending));
}
