import { arrivingFails, person, sendingFails, type Persona } from './persona.ts';

/** Everything is slow here, whatever one sends. */
const slow = { ...sendingFails, 'text-or-photo': 'late-too', 'other-messenger': 'fails-too' } as const;
/** Small things pass, sound does not. */
const sieve = { ...sendingFails, 'text-or-photo': 'text-only', 'other-network': 'works-there' } as const;

export const networkPersonas: readonly Persona[] = [
  person('far-from-the-tower', ['whatsapp', 'android'], { rows: [72, 63], tells: 66, fault: 'weak-mobile', truth: { ...slow, 'whose-network': 'mobile', signal: 'weak', 'pages-load': 'slowly', 'other-network': 'works-there', throughput: 'poor', 'packet-loss': 'lossy' }, curedBy: [70, 72, 73] }),
  person('thick-walls', ['imessage', 'ios'], { rows: [72, 68], tells: 67, fault: 'weak-mobile', truth: { ...slow, 'whose-network': 'mobile', signal: 'weak', 'pages-load': 'slowly', 'other-network': 'works-there', throughput: 'poor', 'packet-loss': 'lossy' }, curedBy: [70, 72] }),
  person('wifi-drops-packets', ['whatsapp', 'ios'], { rows: [71, 70], tells: 66, fault: 'bad-wifi', truth: { ...slow, 'other-network': 'works-there', 'pages-load': 'slowly', throughput: 'poor', 'packet-loss': 'lossy', 'network-change': 'better' }, curedBy: [70, 81, 82] }),
  person('old-router', ['telegram', 'windows'], { rows: [81, 82, 103], tells: 67, fault: 'bad-wifi', truth: { ...sieve, 'pages-load': 'quickly', 'packet-loss': 'uneven' }, curedBy: [81, 82, 70] }),
  person('earshot-on-bad-wifi', ['earshot', 'android'], { rows: [71, 63], tells: 66, fault: 'bad-wifi', truth: { ...slow, 'other-network': 'works-there', 'pages-load': 'slowly', throughput: 'poor', 'packet-loss': 'lossy', 'waiting-messages': 'waiting', 'network-change': 'better' }, curedBy: [70, 81, 82] }),
  person('hotel-page', ['earshot', 'ios'], { rows: [74], tells: 67, code: 'network.portal', fault: 'portal', truth: { ...slow, 'whose-network': 'public', 'pages-load': 'not-at-all', 'other-network': 'works-there', 'server-reach': 'portal', 'small-requests': 'stopped', uploads: 'stopped', downloads: 'stopped', 'live-connection': 'stopped', 'sign-in': 'unknown', throughput: 'unknown', 'waiting-messages': 'waiting' }, curedBy: [74] }),
  person('train-portal', ['whatsapp', 'android'], { rows: [74], tells: 67, fault: 'portal', truth: { ...slow, 'whose-network': 'public', 'pages-load': 'not-at-all', 'other-network': 'works-there', 'server-reach': 'portal' }, curedBy: [74, 70] }),
  person('cafe-filter', ['imessage', 'ios'], { rows: [75], tells: 67, fault: 'public-filter', truth: { ...sieve, 'whose-network': 'public' }, curedBy: [75, 70] }),
  person('school-filter', ['whatsapp', 'chromeos'], { rows: [78, 79], tells: 67, fault: 'work-filter', truth: { ...sieve, 'whose-network': 'work-or-school', 'something-between': 'school-or-work-filter' }, curedBy: [78, 70] }),
  person('office-stops-uploads', ['earshot', 'windows'], { rows: [75, 78], tells: 67, code: 'network.filtered', fault: 'work-filter', truth: { ...sieve, 'whose-network': 'work-or-school', uploads: 'stopped-by-type', 'live-connection': 'stopped', 'waiting-messages': 'waiting', 'something-between': 'school-or-work-filter' }, curedBy: [78, 70, 75] }),
  person('size-limit-on-the-way', ['earshot', 'android'], { rows: [75, 229], tells: 229, fault: 'public-filter', truth: { ...sieve, 'whose-network': 'public', uploads: 'stopped-by-size', 'waiting-messages': 'waiting' }, curedBy: [75, 70] }),
  person('vpn-in-the-way', ['imessage', 'ios'], { rows: [76, 80], tells: 67, fault: 'vpn', truth: { ...sendingFails, 'text-or-photo': 'text-only', 'something-between': 'vpn' }, curedBy: [76] }),
  person('ad-blocker-profile', ['whatsapp', 'ios'], { rows: [77, 80], tells: 67, fault: 'ad-blocker', truth: { ...sendingFails, 'text-or-photo': 'text-only', 'something-between': 'ad-blocker' }, curedBy: [77] }),
  person('vpn-slows-uploads', ['signal', 'android'], { rows: [76], tells: 66, fault: 'vpn', truth: { ...sendingFails, 'text-or-photo': 'text-only', 'something-between': 'vpn', 'other-messenger': 'fails-too', 'packet-loss': 'uneven' }, curedBy: [76] }),
  person('secure-dns', ['telegram', 'android'], { rows: [79, 80], tells: 67, fault: 'secure-dns', truth: { ...slow, 'something-between': 'secure-dns', 'server-reach': 'unreachable' }, curedBy: [79] }),
  person('broken-connection-kept', ['imessage', 'ios'], { rows: [83, 73], tells: 67, fault: 'connection-stuck', truth: { ...slow, 'pages-load': 'not-at-all', 'whose-network': 'mobile', signal: 'strong', 'server-reach': 'stalled' }, curedBy: [73, 155, 84, 86] }),
  person('settings-of-network-broken', ['whatsapp', 'android'], { rows: [84, 86, 83], tells: 67, fault: 'connection-stuck', truth: { ...slow, 'pages-load': 'slowly', signal: 'strong', 'server-reach': 'stalled' }, curedBy: [73, 84, 86] }),
  person('clock-two-days-off', ['earshot', 'android'], { rows: [89, 90], tells: 67, code: 'device.clock', fault: 'wrong-clock', truth: { ...slow, clock: 'behind', 'clock-automatic': 'wrong', 'pages-load': 'not-at-all' }, curedBy: [90] }),
  person('clock-set-by-hand', ['whatsapp', 'ios'], { rows: [89, 90], tells: 67, fault: 'wrong-clock', truth: { ...slow, clock: 'ahead', 'clock-automatic': 'wrong', 'pages-load': 'not-at-all' }, curedBy: [90] }),
  person('low-power', ['whatsapp', 'ios'], { rows: [92], tells: 67, fault: 'power-saving', truth: { ...sendingFails, 'power-saving': 'on', 'text-or-photo': 'text-only' }, curedBy: [92] }),
  person('battery-saver', ['signal', 'android'], { rows: [92], tells: 233, fault: 'power-saving', truth: { ...arrivingFails, 'power-saving': 'on', 'text-or-photo': 'late-too' }, curedBy: [92] }),
  person('no-network', ['earshot', 'ios'], { rows: [63, 66, 73], tells: 66, code: 'network.offline', fault: 'no-network', truth: { ...slow, 'pages-load': 'not-at-all', signal: 'none', 'server-reach': 'offline', 'other-network': 'works-there', 'waiting-messages': 'waiting' }, curedBy: [70, 73, 82] }),

  // The service and the other side
  person('service-down', ['whatsapp', 'android'], { rows: [94, 95, 101], tells: 67, fault: 'service-down', truth: { ...slow, 'service-page': 'trouble', 'others-have-it-too': 'others-too', 'other-messenger': 'works', 'pages-load': 'quickly' }, curedBy: [95] }),
  person('service-hiccup', ['instagram', 'ios'], { rows: [93, 95], tells: 67, fault: 'service-down', truth: { ...slow, 'service-page': 'trouble', 'others-have-it-too': 'others-too', 'other-messenger': 'works' }, curedBy: [95] }),
  person('own-server-down', ['earshot', 'linux'], { rows: [93, 94, 95], tells: 67, code: 'server.down', fault: 'service-down', truth: { ...slow, 'other-messenger': 'works', 'server-reach': 'down', 'server-status': 'unknown', 'waiting-messages': 'waiting', 'others-have-it-too': 'others-too' }, curedBy: [95] }),
  person('server-is-full', ['earshot', 'macos'], { rows: [137, 95], tells: 67, code: 'server.storage', fault: 'server-full', truth: { ...sendingFails, 'server-status': 'full', uploads: 'stopped', 'waiting-messages': 'waiting', 'others-have-it-too': 'others-too' }, curedBy: [95, 137] }),
  person('own-space-is-full', ['earshot', 'android'], { rows: [137], tells: 67, code: 'quota.full', fault: 'own-space-full', truth: { ...sendingFails, 'waiting-messages': 'refused' }, curedBy: [137, 139] }),
  person('signed-out', ['earshot', 'android'], { rows: [125, 130, 131], tells: 67, code: 'session.revoked', fault: 'signed-out', truth: { ...sendingFails, 'sign-in': 'revoked', 'waiting-messages': 'waiting' }, curedBy: [130, 131] }),
  person('one-conversation-only', ['imessage', 'ios'], { rows: [121, 122], tells: 67, fault: 'this-conversation', truth: { ...sendingFails, 'other-conversation': 'works' }, curedBy: [121] }),
  person('group-with-many-files', ['whatsapp', 'android'], { rows: [122, 121], tells: 67, fault: 'this-conversation', truth: { ...sendingFails, 'other-conversation': 'works', 'app-hangs': 'hangs' }, curedBy: [121] }),
  person('removed-from-the-group', ['earshot', 'ios'], { rows: [121, 123], tells: 67, code: 'conversation.closed', fault: 'conversation-closed', truth: { ...sendingFails, 'other-conversation': 'works', conversation: 'closed', 'waiting-messages': 'refused' }, curedBy: [] }),
  person('friend-has-no-device', ['earshot', 'android'], { rows: [123, 233], tells: 233, code: 'recipient.no-device', fault: 'other-side-away', truth: { ...arrivingFails, recipient: 'no-device', 'other-conversation': 'works' }, curedBy: [] }),
  person('friend-is-full', ['earshot', 'windows'], { rows: [123], tells: 233, code: 'recipient.storage', fault: 'other-side-cannot', truth: { ...arrivingFails, recipient: 'storage', 'other-conversation': 'works' }, curedBy: [] }),
  person('friend-is-away', ['whatsapp', 'ios'], { rows: [123, 233], tells: 233, fault: 'other-side-away', truth: { ...arrivingFails, 'other-conversation': 'works', 'text-or-photo': 'late-too' }, curedBy: [] }),
]; // prettier-ignore
