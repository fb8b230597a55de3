import { personWhoLost, type Persona } from './persona.ts';

/** What has disappeared, and where it still is. */
export const gonePersonas: readonly Persona[] = [
  personWhoLost('buried-in-a-busy-group', ['whatsapp', 'android'], { rows: [204], tells: 194, fault: 'buried', truth: { 'gone-search': 'found', 'gone-attachments': 'found' }, curedBy: [204, 205] }),
  personWhoLost('scrolled-out-of-sight', ['imessage', 'ios'], { rows: [204, 205], tells: 194, fault: 'buried', truth: { 'gone-search': 'found', 'gone-attachments': 'found', 'gone-when': 'longer-ago' }, curedBy: [204, 205] }),
  personWhoLost('swiped-away', ['imessage', 'ios'], { rows: [196, 198, 199, 206], tells: 194, fault: 'deleted-lately', truth: { 'gone-how': 'deleted-by-me', 'gone-when': 'today', 'gone-recently-deleted': 'found' }, curedBy: [199, 206] }),
  personWhoLost('deleted-last-week', ['imessage', 'ios'], { rows: [198, 199], tells: 194, fault: 'deleted-lately', truth: { 'gone-how': 'deleted-by-me', 'gone-recently-deleted': 'found' }, curedBy: [199, 206] }),
  personWhoLost('discarded-in-earshot', ['earshot', 'android'], { rows: [196, 206], tells: 194, fault: 'deleted-lately', truth: { 'gone-how': 'deleted-by-me', 'gone-when': 'today', 'gone-recently-deleted': 'found' }, curedBy: [199, 206] }),
  personWhoLost('two-minutes-after-hearing', ['imessage', 'ios'], { rows: [189, 190, 192, 207], tells: 192, fault: 'expired-after-hearing', truth: { 'gone-how': 'after-listening', 'gone-bubble': 'expired', 'gone-expiry': 'two-minutes', 'gone-when': 'today' }, curedBy: [] }),
  personWhoLost('thirty-days-were-over', ['imessage', 'ios'], { rows: [189, 191, 207], tells: 192, fault: 'expired-after-period', truth: { 'gone-bubble': 'expired', 'gone-expiry': 'thirty-days', 'gone-when': 'longer-ago' }, curedBy: [] }),
  personWhoLost('expired-but-sender-has-it', ['imessage', 'ios'], { rows: [192, 220], tells: 192, fault: 'expired-after-hearing', truth: { 'gone-how': 'after-listening', 'gone-bubble': 'expired', 'gone-expiry': 'two-minutes', 'gone-sender': 'has-it' }, curedBy: [220] }),
  personWhoLost('still-on-the-mac', ['imessage', 'ios'], { rows: [201, 208, 210], tells: 194, fault: 'only-here', truth: { 'gone-how': 'deleted-by-me', 'gone-when': 'longer-ago', 'gone-other-device': 'found' }, curedBy: [208, 209, 210] }),
  personWhoLost('old-phone-in-the-drawer', ['whatsapp', 'android'], { rows: [208, 201], tells: 194, fault: 'with-the-old-device', truth: { 'gone-how': 'new-device', 'gone-other-device': 'found', 'gone-when': 'longer-ago' }, curedBy: [208, 210] }),
  personWhoLost('never-moved-to-the-new-phone', ['signal', 'android'], { rows: [197, 208], tells: 194, fault: 'with-the-old-device', truth: { 'gone-how': 'new-device', 'gone-other-device': 'found' }, curedBy: [208, 210] }),
  personWhoLost('only-the-backup-has-it', ['imessage', 'ios'], { rows: [211, 212, 213], tells: 194, fault: 'deleted-long-ago', truth: { 'gone-how': 'deleted-by-me', 'gone-when': 'longer-ago', 'gone-backup': 'older-than-loss' }, curedBy: [211, 212, 213] }),
  personWhoLost('backup-of-whatsapp', ['whatsapp', 'ios'], { rows: [180, 212, 228], tells: 194, fault: 'lost-in-update', truth: { 'gone-how': 'after-update', 'gone-backup': 'older-than-loss' }, curedBy: [211, 212, 213, 228] }),
  personWhoLost('sender-still-has-it', ['whatsapp', 'android'], { rows: [220], tells: 194, fault: 'deleted-long-ago', truth: { 'gone-when': 'longer-ago', 'gone-how': 'deleted-by-me', 'gone-sender': 'has-it' }, curedBy: [220] }),
  personWhoLost('sender-has-it-in-messenger', ['messenger', 'ios'], { rows: [220, 197], tells: 194, fault: 'lost-in-update', truth: { 'gone-how': 'after-update', 'gone-sender': 'has-it' }, curedBy: [220] }),
  personWhoLost('taken-back', ['telegram', 'ios'], { rows: [193, 202], tells: 194, fault: 'taken-back', truth: { 'gone-how': 'by-the-sender', 'gone-bubble': 'taken-back' }, curedBy: [220] }),
  personWhoLost('taken-back-in-earshot', ['earshot', 'ios'], { rows: [193, 220], tells: 193, code: 'message.removed', fault: 'taken-back', truth: { 'gone-how': 'by-the-sender', 'gone-bubble': 'taken-back' }, curedBy: [220] }),
  personWhoLost('over-for-good', ['imessage', 'ios'], { rows: [200], tells: 194, fault: 'deleted-long-ago', truth: { 'gone-how': 'deleted-by-me', 'gone-when': 'longer-ago' }, curedBy: [] }),
  personWhoLost('not-available-in-earshot', ['earshot', 'android'], { rows: [193, 201], tells: 193, code: 'message.missing', fault: 'not-loaded', truth: { 'gone-bubble': 'not-available', 'gone-sender': 'has-it' }, curedBy: [220] }),
]; // prettier-ignore
