/**
 * The hidden faults of the personas, and the causes of the knowledge that name them rightly. The faults were named first; which cause
 * says the same is the only thing that was added when the knowledge was there.
 */
export const faults = {
  'permission-off': [], 'permission-never-asked': [], 'permission-managed': [], 'camera-refused': [],
  'app-stuck': [], 'sound-service-stuck': [], 'held-by-another': [], muted: [], 'no-microphone': [],
  'headset-takes-it': [], 'phantom-headset': [], 'headset-call-mode': [],
  'covered-opening': [], 'one-microphone-broken': [], 'microphone-broken': [], 'too-loud': [], dropouts: [],
  'weak-mobile': [], 'bad-wifi': [], portal: [], filter: [], vpn: [], 'secure-dns': [], 'connection-stuck': [], 'wrong-clock': [],
  'power-saving': [], 'no-network': [],
  'service-down': [], 'server-full': [], 'own-space-full': [], 'signed-out': [], 'this-conversation': [], 'conversation-closed': [], 'other-side': [],
  'update-broke-it': [], 'device-full': [], 'cache-damaged': [], 'app-outdated': [], 'system-outdated': [], activation: [], 'not-between-these': [],
  'output-silent': [], 'output-elsewhere': [], 'play-blocked': [], 'sound-damaged': [],
  buried: [], 'deleted-lately': [], expired: [], 'on-another-device': [], 'only-in-backup': [], 'sender-has-it': [], 'taken-back': [], 'lost-for-good': [],
} as const satisfies Record<string, readonly string[]>; // prettier-ignore

export type Fault = keyof typeof faults;
