import type { FailureEntry } from './failure-entries.ts';

/** Everything between a mouth and the journal. */
export const recordingFailures = {
  'mic.denied': { status: 0, owner: 'you', cause: 'The browser does not let this page use the microphone.', next: 'Allow the microphone for this page in the browser’s settings, then try again.' },
  'mic.dismissed': { status: 0, owner: 'you', cause: 'The question about the microphone was closed without an answer.', next: 'Press record again and choose “Allow”.' },
  'mic.none': { status: 0, owner: 'you', cause: 'No microphone is connected.', next: 'Plug one in or switch your headset on, then try again.' },
  'mic.busy': { status: 0, owner: 'you', cause: 'Another program is using the microphone, or the system does not give it away.', next: 'End calls and other recorders, then try again.' },
  'mic.insecure': { status: 0, owner: 'server', cause: 'Browsers give no microphone to pages opened over plain HTTP.', next: 'Open the address that begins with https, or ask the operator to set one up.' },
  'mic.unsupported': { status: 0, owner: 'you', cause: 'This browser cannot record sound.', next: 'Use a current version of your browser.' },
  'mic.no-frames': { status: 0, owner: 'you', cause: 'The microphone is on, but no sound arrives from it.', next: 'Choose another microphone, or switch it off and on.' },
  'mic.ended': { status: 0, owner: 'you', cause: 'The microphone went away while you were speaking.', next: 'What you said is kept. Continue with another microphone, or send it as it is.' },
  'mic.muted': { status: 0, owner: 'you', cause: 'The system has muted the microphone.', next: 'Switch it on: some headsets and keyboards have a button for it.' },
  'mic.silent': { status: 0, owner: 'you', cause: 'The microphone delivers nothing but silence.', next: 'Choose another microphone, or check its switch.' },
  'mic.wrong-rate': { status: 0, owner: 'you', cause: 'The microphone runs at another speed than it says: your voice would sound too high or too low.', next: 'Choose another microphone, or unplug this one and plug it in again.' },
  'mic.quiet': { status: 0, owner: 'you', cause: 'Your voice arrives too softly to be understood.', next: 'Come closer to the microphone, or speak louder. Check that no finger or case covers it.' },
  'mic.background': { status: 0, owner: 'you', cause: 'Only the room can be heard, and no voice.', next: 'Say something. If you are speaking, choose another microphone: this one may be in another room.' },
  'mic.clipping': { status: 0, owner: 'you', cause: 'Your voice arrives too loudly and sounds torn.', next: 'Move a little away from the microphone, or turn it down in the system’s settings.' },
  'mic.dropouts': { status: 0, owner: 'you', cause: 'Pieces of what you say do not arrive.', next: 'Close other programs; bring a wireless microphone closer or use another one. Then say the marked place again.' },
  'mic.narrow-band': { status: 0, owner: 'you', cause: 'The microphone sounds like a telephone: a headset in call mode does that.', next: 'Choose the microphone of the device itself, or go on: you can be understood.' },
  'recorder.storage': { status: 0, owner: 'you', cause: 'The recording cannot be stored on this device.', next: 'Free some room, then continue. What was recorded before is kept.' },
  'recorder.storage-low': { status: 0, owner: 'you', cause: 'This device has little room left for recordings.', next: 'Come to an end or free some room. When it is full the recording pauses, and what you said is kept.' },
  'recorder.storage-stuck': { status: 0, owner: 'you', cause: 'The browser does not answer when a recording is to be stored.', next: 'Close the browser with all its windows, and open it again. What was recorded before is kept.' },
  'recorder.hidden': { status: 0, owner: 'you', cause: 'Recording paused, because this page was out of sight.', next: 'What you said is kept. Continue when you are ready.' },
  'recorder.interrupted': { status: 0, owner: 'you', cause: 'A call or another app took the sound over.', next: 'What you said is kept. Continue when it is over.' },
  'recorder.elsewhere': { status: 0, owner: 'you', cause: 'This recording is open in another window.', next: 'Go on in that window, or close it and try again.' },
  'recorder.pipeline': { status: 0, owner: 'earshot', cause: 'Sound arrived but was not recorded.', next: 'Recording starts anew by itself. What was recorded before is kept.' },
} as const satisfies Record<string, FailureEntry>;
