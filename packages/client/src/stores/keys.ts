import type { Id } from '@earshot/base/ids.ts';

/**
 * Where things lie in the store.
 *
 *     epoch                        under which key the rows lie (see `at-rest`)
 *     session                      who is signed in on this device
 *     o/row/ID                     the outbox: takes and other events that are not in the log yet
 *     o/order                      the last order of release
 *     o/given-up/ID                what a person decided to send, and gave up before it left: no backup brings it back unasked
 *     b/BLOB/OFFSET                sealed bytes, of the outbox and of the replica alike
 *     kept/PERSON/GENERATION/ID/BLOBS  what a person said and did not send before she went from this device, sealed to her account key; and its blobs
 *     own/PERSON/GENERATION        a secret of a person on this device (see `own-secret.ts`), sealed to her account key
 *     own-former/PERSON/DEVICE/GENERATION  one that is sealed to an account key from before she began anew, as this device
 *     damaged/ROW                  what a row of the replica or the outbox was that does not open any more, until it is healed
 *     damaged/told/ROW             one of the outbox, which nobody can heal: its person was told
 *     k/...                        the key ring and what keys are judged by; destroyed on sign-out
 *     k/device                     the private keys of this device
 *     k/joining                    the keys of an attempt to join, until it is done
 *     k/entering                   the keys of this device until it is let in
 *     k/recovery                   a recovery code that its person has not yet said to have kept
 *     k/inviter                    the identity of who invited this person, as the link said it
 *     k/own                        this person's secret on this device
 *     k/account/GENERATION         the seed of an account key
 *     k/log/LOG/GENERATION         a conversation key
 *     k/chain/PERSON               a person's chain of devices, as far as it was checked: its end is pinned
 *     k/former/PERSON/NUMBER       a chain that she had before she began anew, oldest first, where this person knew it or believes that it was hers
 *     k/stranger/PERSON            the identity that the server shows in place of the known one, and that this person has not accepted
 *     k/frames/LOG                 what the frames of a log have said so far
 *     k/counter/LOG                how many events this device has sealed for a log
 *     k/prekey/DEVICE/NUMBER       a prekey of this device, as it is or was called: what opens seeds of ephemeral chains
 *     k/ephemeral/own/LOG          the ephemeral chain that this device sends on
 *     k/ephemeral/chain/LOG/CHAIN  where an ephemeral chain stands
 *     k/ephemeral/key/LOG/CHAIN/STEP  the key of an event that has not come, or not ended
 *     r/...                        the replica; destroyed on sign-out
 *     r/log/LOG                    one conversation with its counters
 *     r/event/LOG/SEQ              the outside of every event, and all of one that could not be read
 *     r/late/LOG/SEQ               an event that could not be opened when it came: what its log had said by then
 *     r/late-next                  where the next look at those begins, when they are more than one takes
 *     r/withheld/LOG/SEQ           how often the key of such an event was asked for once more, and when last
 *     r/aside/LOG/SEQ              events from there on that came and are not opened yet
 *     r/message/LOG/SEQ            the read model of a message
 *     r/change/LOG/SEQ             the read model of a change of a group: its members, its title
 *     r/at/MESSAGE                 where a message is
 *     r/fetch/LOG/SEQ              a message whose bytes are not here yet
 *     r/cursor/LOG/PERSON/DEVICE   up to where a device holds a log
 *     r/devices/LOG                the other members' devices, as last asked for
 *     r/trouble/LOG/SEQ            why this device does not have an event whole
 *     r/admitted/LOG               the server was told of such troubles
 *     r/find/LOG/BLOCK             what messages are found by, packed (see `finding/block.ts`)
 *     r/findable                   every message is in its block
 *     r/words-ahead                words that this person keeps with messages that are not here yet
 *     r/named/BLOB/MESSAGE         a message that names a blob: several may, because one was made of the other
 *     r/due/TIME/LOG/SEQ           when a message has to be looked at, because it ends by itself then or soon
 *     r/hidden/MESSAGE             a message that this person deleted for herself and that is not here yet
 *     r/letting/LOG/MESSAGE        the server is to be told that this person holds a message no longer
 *     r/expiry                     what this person's messages expire after, where she chose nothing else
 *     r/retention                  how long things are kept at this server
 *     r/time                       how late it was there when it was last heard
 *     r/ahead                      by how much its clock was before this device's
 *     r/place/MESSAGE              where this person stopped listening
 *     r/speed/PERSON               how fast she listens to somebody
 *     r/compared/PERSON            the identity that somebody had when this person compared the safety number
 *     r/accepted/PERSON            the identities under which somebody began anew, and which this person believes to be hers, the newest last
 *     r/person/PERSON              the people one can see
 *     r/rekeyed/PERSON/HASH        that somebody's keys changed, and why, by the last entry then, or by the identity that was new
 *     r/told/LOG                   up to where one was told of new messages on this device
 *     r/draft/EVENT                a draft of this person's, by the event that shows it to her devices
 *     r/rested/TAKE                a draft of another device that this person discarded here
 *     r/asked/MESSAGE              who asked whom for the sound of a message, and what came of it
 *     r/sought/EVENT               this person's other device looks for a message, and was not answered yet
 *     r/backup/PLACE               when what this person can read was last backed up there, if ever, and where the key is
 *     r/waking                     what the server was told about waking this device
 */
export const keys = {
  session: 'session',
  device: 'device',
  kept: (person: Id, generation: number, row: Id, blobs: readonly Id[]): string => ['kept', person, String(generation), row, ...blobs].join('/'),
  deviceKeys: 'k/device',
  joining: 'k/joining',
  entering: 'k/entering',
  recovery: 'k/recovery',
  inviter: 'k/inviter',
  ownSecret: 'k/own',
  sealedSecret: (person: Id, generation: number): string => `own/${person}/${generation}`,
  formerSecret: (person: Id, device: Id, generation: number): string => `own-former/${person}/${device}/${generation}`,
  accountSeed: (generation: number): string => `k/account/${padded(generation)}`,
  conversationKey: (log: Id, generation: number): string => `k/log/${log}/${padded(generation)}`,
  chain: (person: Id): string => `k/chain/${person}`,
  former: (person: Id, number: number): string => `k/former/${person}/${padded(number)}`,
  stranger: (person: Id): string => `k/stranger/${person}`,
  frames: (log: Id): string => `k/frames/${log}`,
  prekey: (device: Id, number: number): string => `k/prekey/${device}/${padded(number)}`,
  ephemeralOwn: (log: Id): string => `k/ephemeral/own/${log}`,
  ephemeralChain: (log: Id, chain: Id): string => `k/ephemeral/chain/${log}/${chain}`,
  ephemeralKey: (log: Id, chain: Id, step: number): string => `k/ephemeral/key/${log}/${chain}/${padded(step)}`,
  counter: (log: Id): string => `k/counter/${log}`,
  order: 'o/order',
  givenUp: (id: Id): string => `o/given-up/${id}`,
  row: (id: Id): string => `o/row/${id}`,
  bytes: (blob: Id, offset: number): string => `b/${blob}/${padded(offset)}`,
  log: (log: Id): string => `r/log/${log}`,
  event: (log: Id, seq: number): string => `r/event/${log}/${padded(seq)}`,
  late: (log: Id, seq: number): string => `r/late/${log}/${padded(seq)}`,
  lateNext: 'r/late-next',
  withheld: (log: Id, seq: number): string => `r/withheld/${log}/${padded(seq)}`,
  aside: (log: Id, seq: number): string => `r/aside/${log}/${padded(seq)}`,
  message: (log: Id, seq: number): string => `r/message/${log}/${padded(seq)}`,
  change: (log: Id, seq: number): string => `r/change/${log}/${padded(seq)}`,
  at: (message: Id): string => `r/at/${message}`,
  fetch: (log: Id, seq: number): string => `r/fetch/${log}/${padded(seq)}`,
  cursor: (log: Id, person: Id, device: Id): string => `r/cursor/${log}/${person}/${device}`,
  devices: (log: Id): string => `r/devices/${log}`,
  trouble: (log: Id, seq: number): string => `r/trouble/${log}/${padded(seq)}`,
  admitted: (log: Id): string => `r/admitted/${log}`,
  find: (log: Id, block: number): string => `r/find/${log}/${padded(block)}`,
  findable: 'r/findable',
  wordsAhead: 'r/words-ahead',
  named: (blob: Id, message: Id): string => `r/named/${blob}/${message}`,
  due: (time: number, log: Id, seq: number): string => `r/due/${String(time).padStart(15, '0')}/${log}/${padded(seq)}`,
  hiddenAhead: (message: Id): string => `r/hidden/${message}`,
  letting: (log: Id, message: Id): string => `r/letting/${log}/${message}`,
  expiry: 'r/expiry',
  retention: 'r/retention',
  time: 'r/time',
  ahead: 'r/ahead',
  place: (message: Id): string => `r/place/${message}`,
  speed: (person: Id): string => `r/speed/${person}`,
  compared: (person: Id): string => `r/compared/${person}`,
  accepted: (person: Id): string => `r/accepted/${person}`,
  person: (person: Id): string => `r/person/${person}`,
  rekeyed: (person: Id, hash: string): string => `r/rekeyed/${person}/${hash}`,
  told: (log: Id): string => `r/told/${log}`,
  draft: (event: Id): string => `r/draft/${event}`,
  rested: (take: Id): string => `r/rested/${take}`,
  asked: (message: Id): string => `r/asked/${message}`,
  sought: (event: Id): string => `r/sought/${event}`,
  backup: (place: string): string => `r/backup/${place}`,
  waking: 'r/waking',
} as const;

/** Numbers so that they sort as they count. */
function padded(number: number): string {
  return String(number).padStart(12, '0');
}

/** Everything below a folder of keys, e.g. `below('r/log')`. */
export function below(folder: string): { from: string; to: string } {
  return { from: `${folder}/`, to: `${folder}0` };
}
