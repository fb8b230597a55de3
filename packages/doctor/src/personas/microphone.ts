import { person, recordingFails, type Persona } from './persona.ts';

/** In this app nothing is heard, elsewhere all is well: what a missing permission looks like. */
const forbidden = {
  ...recordingFails,
  'microphone-switch': 'off', 'microphone-mark': 'not-shown', 'waves-move': 'flat', 'how-it-sounds': 'silent',
} as const; // prettier-ignore
/** Permission is there, the light is on, and the app records silence. */
const stuck = { ...recordingFails, 'waves-move': 'flat', 'how-it-sounds': 'silent' } as const;
/** No app hears anything. */
const deaf = {
  ...stuck,
  'recorder-works': 'nothing', 'video-has-sound': 'no-sound', 'calls-work': 'not-heard', 'other-messenger': 'fails-too', 'microphone-sound': 'silent',
} as const; // prettier-ignore

export const microphonePersonas: readonly Persona[] = [
  // Permission
  person('denied-at-set-up', ['whatsapp', 'ios'], { rows: [27, 28, 108], tells: 12, fault: 'permission-off', truth: { ...forbidden, 'when-it-began': 'set-up' }, curedBy: [31, 32, 37] }),
  person('denied-on-android', ['whatsapp', 'android'], { rows: [27, 33], tells: 12, fault: 'permission-off', truth: forbidden, curedBy: [33, 37] }),
  person('only-one-app-silent', ['messenger', 'ios'], { rows: [108, 31], tells: 11, fault: 'permission-off', truth: forbidden, curedBy: [31, 32, 37] }),
  person('lost-with-system-update', ['telegram', 'ios'], { rows: [29, 31], tells: 11, fault: 'permission-lost-in-update', truth: { ...forbidden, 'when-it-began': 'update' }, curedBy: [31, 32, 37] }),
  person('lost-with-new-phone', ['instagram', 'android'], { rows: [30, 33], tells: 10, fault: 'permission-lost-in-reset', truth: { ...forbidden, 'when-it-began': 'reset-or-new-device' }, curedBy: [33, 37] }),
  person('lost-with-reset-of-settings', ['imessage', 'ios'], { rows: [30, 168, 31], tells: 12, fault: 'permission-lost-in-reset', truth: { ...forbidden, 'when-it-began': 'reset-or-new-device' }, curedBy: [31, 32, 37] }),
  person('never-asked', ['signal', 'ios'], { rows: [34], tells: 12, fault: 'permission-never-asked', truth: { ...forbidden, 'microphone-switch': 'not-listed' }, curedBy: [34] }),
  person('child-with-screen-time', ['whatsapp', 'ios'], { rows: [35, 36], tells: 12, fault: 'permission-managed', truth: { ...forbidden, 'microphone-switch': 'grey', 'keeps-switching-off': 'keeps' }, curedBy: [35, 36] }),
  person('phone-of-the-company', ['telegram', 'android'], { rows: [35, 78], tells: 12, fault: 'permission-managed', truth: { ...forbidden, 'microphone-switch': 'grey', 'whose-network': 'work-or-school' }, curedBy: [35, 36] }),
  person('switch-flips-back', ['imessage', 'ios'], { rows: [36, 35], tells: 12, fault: 'permission-managed', truth: { ...forbidden, 'keeps-switching-off': 'keeps' }, curedBy: [35, 36] }),
  person('page-denied', ['earshot', 'android'], { rows: [27, 12], tells: 12, code: 'mic.denied', fault: 'permission-off', truth: { ...forbidden, 'microphone-permission': 'denied', 'microphone-sound': 'not-allowed', 'waves-move': 'no-recording' }, curedBy: [27] }),
  person('page-lost-it-after-update', ['earshot', 'ios'], { rows: [29, 12], tells: 12, fault: 'permission-lost-in-update', truth: { ...forbidden, 'microphone-permission': 'denied', 'permission-history': 'lost-after-update', 'microphone-sound': 'not-allowed', 'system-change': 'updated', 'when-it-began': 'update' }, curedBy: [27] }),
  person('page-not-asked-yet', ['earshot', 'macos'], { rows: [34, 13], tells: 13, fault: 'permission-never-asked', truth: { ...forbidden, 'microphone-permission': 'ask', 'microphone-switch': 'not-listed', 'microphone-sound': 'not-allowed', 'waves-move': 'no-recording' }, curedBy: [34] }),
  person('page-forbidden-by-policy', ['earshot', 'windows'], { rows: [35, 13], tells: 13, fault: 'permission-managed', truth: { ...forbidden, 'microphone-permission': 'policy', 'microphone-switch': 'grey', 'microphone-sound': 'not-allowed' }, curedBy: [35, 36] }),
  person('camera-refused', ['telegram', 'ios'], { rows: [25, 26], tells: 10, fault: 'camera-refused', truth: { ...stuck, 'camera-switch': 'refused' }, curedBy: [25, 26] }),

  // What holds the sound
  person('dot-on-but-silent', ['whatsapp', 'ios'], { rows: [24, 19, 114], tells: 24, fault: 'app-stuck', truth: { ...stuck, 'app-hangs': 'hangs' }, curedBy: [38, 153, 154, 155] }),
  person('crackling', ['whatsapp', 'android'], { rows: [14, 109], tells: 14, fault: 'app-stuck', truth: { ...recordingFails, 'how-it-sounds': 'crackling' }, curedBy: [153, 154, 155, 109] }),
  person('app-suspended-with-bad-state', ['signal', 'ios'], { rows: [153, 19], tells: 10, fault: 'app-stuck', truth: { ...stuck, 'waves-move': 'no-recording', 'app-hangs': 'hangs' }, curedBy: [153, 154, 155] }),
  person('works-in-telegram-not-in-whatsapp', ['whatsapp', 'ios'], { rows: [113, 37], tells: 10, fault: 'app-stuck', truth: { ...stuck, 'other-messenger': 'works' }, curedBy: [37, 148, 153] }),
  person('media-service-hangs', ['imessage', 'ios'], { rows: [156, 155], tells: 10, fault: 'sound-service-stuck', truth: { ...deaf, 'calls-work': 'heard', 'when-it-began': 'nothing' }, curedBy: [155, 156, 157, 158] }),
  person('frozen-after-a-call', ['telegram', 'android'], { rows: [156, 159], tells: 11, fault: 'sound-service-stuck', truth: { ...deaf, 'calls-work': 'neither', 'app-hangs': 'hangs' }, curedBy: [155, 156, 157, 158, 159] }),
  person('call-holds-the-microphone', ['earshot', 'windows'], { rows: [20], tells: 10, code: 'mic.busy', fault: 'held-by-another', truth: { ...recordingFails, 'microphone-sound': 'busy', 'waves-move': 'no-recording', 'recorder-works': 'nothing', 'other-messenger': 'fails-too' }, curedBy: [20, 153, 155] }),
  person('background-app-hogs', ['imessage', 'ios'], { rows: [20, 153], tells: 10, fault: 'held-by-another', truth: { ...stuck, 'waves-move': 'no-recording', 'recorder-works': 'nothing', 'other-messenger': 'fails-too' }, curedBy: [20, 153, 154, 155] }),
  person('route-bug', ['whatsapp', 'ios'], { rows: [48, 46], tells: 48, fault: 'app-routes-wrong', truth: { ...stuck, 'calls-work': 'heard' }, curedBy: [153, 154, 155, 48] }),
  person('muted-by-a-key', ['earshot', 'linux'], { rows: [20, 11], tells: 11, code: 'mic.muted', fault: 'muted', truth: { ...deaf, 'microphone-sound': 'muted' }, curedBy: [10] }),
  person('no-microphone-at-all', ['earshot', 'linux'], { rows: [13], tells: 13, code: 'mic.none', fault: 'no-microphone', truth: { ...deaf, microphones: 'none', 'microphone-in-use': 'gone', 'microphone-sound': 'none', 'waves-move': 'no-recording' }, curedBy: [13] }),

  // Accessories
  person('headset-in-another-room', ['whatsapp', 'ios'], { rows: [40, 39], tells: 11, fault: 'headset-takes-it', truth: { ...stuck, headset: 'elsewhere', 'works-without-headset': 'better', 'recorder-works': 'nothing', 'other-messenger': 'fails-too', 'microphone-sound': 'room', 'microphone-in-use': 'wireless' }, curedBy: [43, 45] }),
  person('headset-steals-input', ['instagram', 'android'], { rows: [39, 43], tells: 10, fault: 'headset-takes-it', truth: { ...stuck, headset: 'connected', 'works-without-headset': 'better', 'recorder-works': 'nothing', 'other-messenger': 'fails-too', 'microphone-in-use': 'wireless', 'microphone-sound': 'silent' }, curedBy: [43, 45] }),
  person('speaks-into-the-wrong-one', ['earshot', 'windows'], { rows: [40, 41], tells: 11, code: 'mic.background', fault: 'headset-takes-it', truth: { ...recordingFails, microphones: 'several', 'microphone-in-use': 'other', 'microphone-sound': 'room', headset: 'elsewhere', 'works-without-headset': 'better', 'how-it-sounds': 'soft' }, curedBy: [40, 43, 45] }),
  person('phantom-headset', ['whatsapp', 'android'], { rows: [42, 44], tells: 11, fault: 'phantom-headset', truth: { ...deaf, headset: 'just-removed', 'when-it-began': 'headset', 'calls-work': 'not-heard' }, curedBy: [44, 45, 155] }),
  person('wired-one-pulled-out', ['imessage', 'ios'], { rows: [42, 44, 50], tells: 50, fault: 'phantom-headset', truth: { ...deaf, headset: 'just-removed', 'when-it-began': 'headset' }, curedBy: [44, 155] }),
  person('telephone-sound', ['earshot', 'macos'], { rows: [15, 39], tells: 15, code: 'mic.narrow-band', fault: 'headset-call-mode', truth: { ...recordingFails, 'microphone-in-use': 'wireless', 'microphone-sound': 'muffled', headset: 'connected', 'works-without-headset': 'better', 'how-it-sounds': 'telephone' }, curedBy: [43, 45, 15] }),
  person('headset-sounds-like-telephone', ['signal', 'android'], { rows: [15, 39, 43], tells: 15, fault: 'headset-call-mode', truth: { ...recordingFails, headset: 'connected', 'works-without-headset': 'better', 'how-it-sounds': 'telephone', 'recorder-works': 'bad', 'microphone-in-use': 'wireless', 'microphone-sound': 'muffled' }, curedBy: [43, 45, 15] }),

  // The opening and the part behind it
  person('pocket-lint', ['whatsapp', 'ios'], { rows: [57, 58, 107], tells: 15, fault: 'covered-opening', truth: { ...recordingFails, 'recorder-works': 'bad', 'how-it-sounds': 'muffled', 'opening-covered': 'covered', 'other-messenger': 'fails-too', 'held-flat': 'bad', 'calls-work': 'not-heard', 'microphone-sound': 'muffled' }, curedBy: [57, 58, 59] }),
  person('case-over-the-hole', ['telegram', 'android'], { rows: [57, 58], tells: 15, fault: 'covered-opening', truth: { ...recordingFails, 'recorder-works': 'bad', 'how-it-sounds': 'muffled', 'opening-covered': 'covered', 'other-messenger': 'fails-too', 'microphone-sound': 'muffled' }, curedBy: [57, 58] }),
  person('moisture', ['earshot', 'android'], { rows: [57, 15], tells: 15, fault: 'covered-opening', truth: { ...recordingFails, 'recorder-works': 'bad', 'how-it-sounds': 'muffled', 'opening-covered': 'covered', 'other-messenger': 'fails-too', 'microphone-sound': 'muffled', 'when-it-began': 'drop-or-water' }, curedBy: [57, 58] }),
  person('front-microphone-broken', ['whatsapp', 'ios'], { rows: [54, 55, 53], tells: 54, fault: 'front-microphone-broken', truth: { ...recordingFails, 'video-has-sound': 'sound', 'calls-work': 'not-heard', 'held-to-the-ear': 'bad', 'held-flat': 'clear', 'recorder-works': 'clear', 'how-it-sounds': 'silent', 'when-it-began': 'drop-or-water' }, curedBy: [61] }),
  person('bottom-microphone-broken', ['imessage', 'ios'], { rows: [56, 53], tells: 11, fault: 'bottom-microphone-broken', truth: { ...deaf, 'video-has-sound': 'sound', 'calls-work': 'heard', 'held-to-the-ear': 'clear', 'held-flat': 'bad', 'when-it-began': 'drop-or-water' }, curedBy: [61] }),
  person('silent-everywhere', ['whatsapp', 'android'], { rows: [60, 111, 61], tells: 11, fault: 'microphone-broken', truth: { ...deaf, 'held-to-the-ear': 'bad', 'held-flat': 'bad', 'when-it-began': 'drop-or-water' }, curedBy: [61] }),
  person('dead-after-a-fall', ['earshot', 'ios'], { rows: [60, 61], tells: 11, code: 'mic.silent', fault: 'microphone-broken', truth: { ...deaf, 'held-to-the-ear': 'bad', 'held-flat': 'bad', 'when-it-began': 'drop-or-water' }, curedBy: [61] }),
  person('too-close', ['earshot', 'windows'], { rows: [14], tells: 14, code: 'mic.clipping', fault: 'too-loud', truth: { ...recordingFails, 'microphone-sound': 'clipping', 'how-it-sounds': 'crackling', 'recorder-works': 'bad' }, curedBy: [14] }),
  person('pieces-missing', ['earshot', 'linux'], { rows: [16], tells: 16, code: 'mic.dropouts', fault: 'dropouts', truth: { ...recordingFails, 'microphone-sound': 'dropouts', 'how-it-sounds': 'holes', 'app-hangs': 'hangs' }, curedBy: [39, 153, 155] }),
]; // prettier-ignore
