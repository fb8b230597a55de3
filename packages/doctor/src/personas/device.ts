import { person, playingFails, recordingFails, sendingFails, type Persona } from './persona.ts';

const full = { ...sendingFails, 'free-space': 'none' } as const;
const stuck = { ...recordingFails, 'waves-move': 'flat', 'how-it-sounds': 'silent' } as const;

/** Room, the app and the system, the account, the loudspeaker; and the scenarios that one of the guides tells as stories, A to E. */
export const devicePersonas: readonly Persona[] = [
  // The five stories
  person('story-a-home-wifi', ['imessage', 'ios'], { rows: [103, 81, 82], tells: 99, fault: 'bad-wifi', truth: { ...sendingFails, 'text-or-photo': 'text-only', 'other-network': 'works-there', 'whose-network': 'home', 'packet-loss': 'uneven' }, curedBy: [70, 81, 82, 103] }),
  person('story-b-audio-refuses', ['imessage', 'ios'], { rows: [104, 31], tells: 99, fault: 'permission-off', truth: { ...recordingFails, 'microphone-switch': 'off', 'microphone-mark': 'not-shown', 'waves-move': 'flat', 'how-it-sounds': 'silent' }, curedBy: [31, 32, 37] }),
  person('story-b-headset', ['imessage', 'ios'], { rows: [104, 39, 43], tells: 99, fault: 'headset-takes-it', truth: { ...stuck, headset: 'connected', 'works-without-headset': 'better', 'recorder-works': 'nothing', 'other-messenger': 'fails-too', 'microphone-in-use': 'wireless', 'microphone-sound': 'silent' }, curedBy: [43, 45] }),
  person('story-c-after-update', ['imessage', 'ios'], { rows: [105, 166], tells: 99, fault: 'update-broke-it', truth: { ...stuck, 'when-it-began': 'update', 'others-have-it-too': 'others-too', 'updates-offered': 'system' }, curedBy: [163, 162, 164, 97] }),
  person('story-d-nothing-until-room', ['imessage', 'ios'], { rows: [106, 134, 98], tells: 99, fault: 'device-full', truth: { ...full, 'storage-room': 'full' }, curedBy: [139, 136] }),
  person('story-e-not-software', ['imessage', 'ios'], { rows: [107, 60], tells: 107, fault: 'microphone-broken', truth: { ...recordingFails, 'how-it-sounds': 'silent', 'waves-move': 'flat', 'recorder-works': 'nothing', 'video-has-sound': 'no-sound', 'other-messenger': 'fails-too', 'calls-work': 'not-heard', 'held-to-the-ear': 'bad', 'held-flat': 'bad', 'microphone-sound': 'silent' }, curedBy: [61] }),

  // Room
  person('twelve-seconds-fail', ['imessage', 'ios'], { rows: [98, 134, 137], tells: 99, fault: 'device-full', truth: { ...full, 'storage-room': 'full' }, curedBy: [139, 136] }),
  person('nothing-available', ['whatsapp', 'android'], { rows: [136, 138, 139], tells: 136, fault: 'device-full', truth: { ...full, 'storage-room': 'full', 'app-hangs': 'hangs', 'what-fails': 'recording' }, curedBy: [139, 136] }),
  person('phone-never-warned', ['telegram', 'ios'], { rows: [137, 134], tells: 137, fault: 'device-full', truth: { ...full, 'free-space': 'little', 'storage-room': 'low' }, curedBy: [139, 136] }),
  person('page-has-no-room', ['earshot', 'android'], { rows: [134, 135], tells: 137, code: 'recorder.storage', fault: 'device-full', truth: { ...full, 'what-fails': 'recording', 'storage-room': 'full', 'storage-writing': 'refused' }, curedBy: [139, 136] }),
  person('little-room-left', ['earshot', 'windows'], { rows: [135, 141], tells: 137, code: 'recorder.storage-low', fault: 'device-full', truth: { ...full, 'what-fails': 'recording', 'free-space': 'little', 'storage-room': 'low' }, curedBy: [139, 136] }),
  person('cache-in-disorder', ['whatsapp', 'android'], { rows: [142, 144], tells: 18, fault: 'cache-damaged', truth: { ...sendingFails, 'app-hangs': 'hangs' }, curedBy: [144, 145, 148] }),
  person('crash-left-the-cache-broken', ['messenger', 'android'], { rows: [143, 144], tells: 17, fault: 'cache-damaged', truth: { ...recordingFails, 'app-hangs': 'hangs' }, curedBy: [144, 145, 148] }),
  person('offload-helps', ['instagram', 'ios'], { rows: [145, 142], tells: 18, fault: 'cache-damaged', truth: { ...sendingFails, 'app-hangs': 'hangs' }, curedBy: [144, 145, 148] }),
  person('configuration-broken', ['whatsapp', 'ios'], { rows: [150, 148, 149], tells: 17, fault: 'app-data-damaged', truth: { ...recordingFails, 'app-hangs': 'hangs', 'when-it-began': 'update' }, curedBy: [148, 151, 152] }),

  // The app and the system
  person('app-years-old', ['telegram', 'android'], { rows: [160, 162], tells: 18, fault: 'app-outdated', truth: { ...sendingFails, 'updates-offered': 'app' }, curedBy: [162] }),
  person('codec-no-longer-fits', ['whatsapp', 'android'], { rows: [160, 161, 162], tells: 67, fault: 'app-outdated', truth: { ...sendingFails, 'updates-offered': 'app', 'text-or-photo': 'at-once' }, curedBy: [162] }),
  person('earshot-waits-to-be-renewed', ['earshot', 'macos'], { rows: [160, 162], tells: 18, code: 'request.version', fault: 'app-outdated', truth: { ...sendingFails, 'app-version': 'old', 'updates-offered': 'app', 'waiting-messages': 'waiting' }, curedBy: [162] }),
  person('system-too-old', ['signal', 'ios'], { rows: [226, 163], tells: 17, fault: 'system-outdated', truth: { ...recordingFails, 'updates-offered': 'system', 'app-hangs': 'hangs' }, curedBy: [163] }),
  person('browser-lacks-parts', ['earshot', 'android'], { rows: [226, 13], tells: 13, code: 'mic.unsupported', fault: 'browser-lacks', truth: { ...recordingFails, 'browser-features': 'missing', 'microphone-permission': 'unsupported', 'microphone-sound': 'unknown', encoder: 'broken', 'updates-offered': 'system' }, curedBy: [163, 162] }),
  person('update-broke-the-sound', ['whatsapp', 'ios'], { rows: [110, 166, 164], tells: 110, fault: 'update-broke-it', truth: { ...stuck, 'when-it-began': 'update', 'others-have-it-too': 'others-too' }, curedBy: [162, 163, 164, 97] }),
  person('everybody-has-it', ['instagram', 'android'], { rows: [96, 97, 166], tells: 10, fault: 'update-broke-it', truth: { ...stuck, 'when-it-began': 'update', 'others-have-it-too': 'others-too', 'app-hangs': 'hangs' }, curedBy: [162, 163, 97] }),

  // The account
  person('number-not-activated', ['imessage', 'ios'], { rows: [125, 128, 129], tells: 229, fault: 'activation', truth: { ...sendingFails, 'number-activated': 'waiting', 'text-or-photo': 'text-only' }, curedBy: [128, 129, 130] }),
  person('sends-from-e-mail', ['imessage', 'ios'], { rows: [126, 128], tells: 233, fault: 'sends-from-e-mail', truth: { ...sendingFails, 'number-activated': 'only-e-mail' }, curedBy: [126, 128, 129, 130] }),
  person('new-esim', ['imessage', 'ios'], { rows: [127, 128, 129], tells: 229, fault: 'activation', truth: { ...sendingFails, 'number-activated': 'waiting', 'when-it-began': 'new-number', 'text-or-photo': 'text-only' }, curedBy: [128, 129, 130] }),
  person('carrier-blocks-activation', ['imessage', 'ios'], { rows: [132, 127], tells: 229, fault: 'carrier', truth: { ...sendingFails, 'number-activated': 'waiting', 'text-or-photo': 'late-too', 'when-it-began': 'new-number' }, curedBy: [132, 128, 129] }),
  person('green-bubble', ['imessage', 'ios'], { rows: [133], tells: 99, fault: 'not-between-these', truth: { ...sendingFails, 'bubble-colour': 'green' }, curedBy: [] }),

  // Hearing
  person('no-sound-from-anything', ['whatsapp', 'android'], { rows: [49], tells: 49, fault: 'output-silent', truth: { ...playingFails, 'heard-the-tone': 'not-heard', 'other-sounds-heard': 'nothing', 'other-messenger': 'fails-too' }, curedBy: [155] }),
  person('sound-goes-to-the-headset', ['earshot', 'android'], { rows: [235, 49], tells: 235, fault: 'output-elsewhere', truth: { ...playingFails, 'heard-the-tone': 'elsewhere', headset: 'elsewhere', 'works-without-headset': 'better' }, curedBy: [43, 45, 49] }),
  person('browser-wants-a-touch', ['earshot', 'ios'], { rows: [235], tells: 235, code: 'play.touch', fault: 'play-blocked', truth: { ...playingFails, playback: 'blocked' }, curedBy: [235] }),
  person('damaged-on-the-way', ['earshot', 'windows'], { rows: [235, 193], tells: 235, code: 'blob.damaged', fault: 'sound-damaged', truth: { ...playingFails, downloads: 'damaged' }, curedBy: [193, 235, 220] }),
]; // prettier-ignore
