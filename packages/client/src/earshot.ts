import type { Id } from '@earshot/base/ids.ts';
import type { FailureCode, Evidence } from '@earshot/protocol/failures.ts';
import type { DraftsFace } from './earshot-drafts.ts';
import type { FindQuery, FoundMessages } from './earshot-finding.ts';
import type { KeysReason } from './keys/chain-heads.ts';
import type { LinkingFace } from './earshot-linking.ts';
import type { ListeningFace } from './earshot-listening.ts';
import type { RecoveryFace } from './earshot-recovery.ts';
import type { StorageFace } from './earshot-storage.ts';
import type { Removal } from '@earshot/protocol/envelope.ts';
import type { WakingFace } from './earshot-waking.ts';
import type { Obstacle } from './reach/judge.ts';
import type { Device, Invitation, Me, PasskeyOptions, Person } from '@earshot/protocol/people.ts';

/**
 * The public face of the SDK: what the web app, the command line and other programs use. Everything it shows was read from the
 * replica on disk; everything it is told to do is on disk before the promise resolves.
 */
export interface Earshot extends AsyncDisposable {
  readonly account: AccountFace;
  readonly linking: LinkingFace;
  readonly people: PeopleFace;
  readonly conversations: ConversationsFace;
  readonly messages: MessagesFace;
  readonly listening: ListeningFace;
  readonly outgoing: OutgoingFace;
  readonly drafts: DraftsFace;
  readonly waking: WakingFace;
  readonly recovery: RecoveryFace;
  readonly storage: StorageFace;
  /** Begins to synchronise and to send, and goes on until disposed of. Works without a network. */
  start(): Promise<void>;
  /** Resolves when everything the server had at the time of the call is in the replica; rejects with a network code, and with `server.restored` where it has lost something. */
  synced(): Promise<void>;
  /** The same as far as the server has it: what one conversation lacks there is in the way of none. Rejects with a network code. */
  caughtUp(): Promise<void>;
  /**
   * Resolves when the sound of all that is in the replica was fetched, as far as there is any, and the server was told that it is here. Goes on trying while it
   * is out of reach: whoever has not so long stops waiting.
   */
  fetched(): Promise<void>;
  /** Resolves when nothing of this person is on its way any more; rejects with what stands in the way of the first that waits. What is named in `besides` may wait. */
  settled(besides?: ReadonlySet<Id>): Promise<void>;
  /** Looks what stands between this device and its server; null when nothing does. Takes up to a minute on a way that swallows everything. */
  obstacle(): Promise<Obstacle | null>;
  /** How late it is at the server, as far as this device knows; milliseconds since 1970. For what is shown: the device's clock may be wrong. */
  now(): number;
  /** How late it is at the server at the least; 0 before it ever said. For what lets something end: no clock of the device that is put forward moves it. */
  atLeast(): number;
  /** Calls back after every change that is on disk. Returns the end of it. */
  on(listener: (happening: Happening) => void): () => void;
  readonly connection: ConnectionState;
}

/** What just became true (and durable). */
export type Happening =
  /** The session, the list of conversations, members, titles, settings or people changed. */
  | { readonly type: 'account' | 'people' | 'conversations' | 'connection' }
  /** A message of somebody (or of one's own other device) is whole on this device. */
  | { readonly type: 'message'; readonly conversation: Id; readonly message: Id; readonly from: Id }
  /** A message's state changed: sending, stored, delivered, heard, removed. */
  | { readonly type: 'changed'; readonly conversation: Id; readonly message: Id }
  | { readonly type: 'delivered'; readonly conversation: Id; readonly message: Id; readonly person: Id; readonly device: Id; readonly at: number }
  | { readonly type: 'heard'; readonly conversation: Id; readonly message: Id; readonly person: Id; readonly at: number }
  | { readonly type: 'removed'; readonly conversation: Id; readonly message: Id; readonly person: Id; readonly rule: Removal['rule'] }
  /** It expires within a day, at server time `at`; said once, of messages that stay for longer than two. */
  | { readonly type: 'ending'; readonly conversation: Id; readonly message: Id; readonly at: number }
  /** Somebody (or another device of one's own) asks for the sound of a message, or was answered. */
  | { readonly type: 'asked'; readonly conversation: Id; readonly message: Id; readonly person: Id }
  /** What one's other devices recorded and did not send, or what became of one's own drafts there. */
  | { readonly type: 'drafts' }
  /** The server refused a change of a conversation (a title, a member): it did not happen. */
  | { readonly type: 'refused'; readonly conversation: Id; readonly event: Id; readonly code: FailureCode; readonly evidence: Evidence }
  /** Work in the background failed, e.g. because this device is full. Nothing is lost by it; what can be tried again is. */
  | { readonly type: 'fault'; readonly code: FailureCode; readonly evidence: Evidence }
  /** How much of a growing take, from its beginning on without a gap, the server has. */
  | { readonly type: 'progress'; readonly take: Id; readonly packetsStored: number; readonly packetsTaken: number };

export interface ConnectionState {
  readonly state: 'stopped' | 'connecting' | 'live' | 'waiting';
  /** Why it waits, and until when (milliseconds since 1970). Of a live one: what is in the way of a single conversation. */
  readonly reason?: { readonly code: FailureCode; readonly evidence: Evidence; readonly until: number };
}

export interface AccountFace {
  /** Null while nobody is signed in on this device. `locked`: it was not let in yet, and reads and sends nothing. */
  current(): Promise<{ person: Id; handle: string; name: string; device: Id; locked: boolean } | null>;
  /** Why the session that was here is over, as the server said. Unless it was revoked, what is on the device waits for her. Null where there is one, where nobody was, and where she signed out here. */
  ended(): Promise<FailureCode | null>;
  /**
   * `invitation`: all that stands behind the `#` of the link. Makes this person's keys; then `recoveryCode` is to be kept. Rejects with `session.open` while
   * somebody else, by her `handle`, is signed in here; so does whatever would sign in somebody else. What failed may be tried again with the same.
   */
  join(input: { invitation: string; handle: string; name: string; password?: string; deviceName: string }): Promise<void>;
  /** The recovery code as long as its person has not said that she has kept it; then it is nowhere but with her. */
  recoveryCode(): Promise<string | null>;
  recoveryKept(): Promise<void>;
  /** A new one in place of the one before. */
  renewRecovery(): Promise<string>;
  /** Lets this device in. Rejects with `recovery.mistyped` or `recovery.wrong`. */
  unlock(input: { recoveryCode: string }): Promise<void>;
  /**
   * On a locked device, for who has lost all others and her recovery code: another identity in place of hers. What was said is lost to her, her other devices
   * are shut out, and whoever talks with her is warned and has to accept it. Then `recoveryCode` is to be kept. Asks for the password, where there is one.
   */
  beginAnew(input: { password?: string }): Promise<void>;
  /** Signs in and lets this device in, with nothing but the recovery code. */
  recover(input: { handle: string; recoveryCode: string; deviceName: string }): Promise<void>;
  /** Where this device has no keys it is `locked` afterwards. */
  signIn(input: { handle: string; password: string; deviceName: string }): Promise<void>;
  /** The two halves of WebAuthn; the ceremony itself is the browser's. */
  passkeySignInOptions(): Promise<PasskeyOptions>;
  /** `secret`: what the passkey's PRF gave (32 bytes), which never leaves this device. It lets the device in, where the passkey was added with it: `opened`; otherwise this `device` is `locked`. */
  passkeySignIn(input: { challenge: Id; response: Record<string, unknown>; deviceName: string; secret?: Uint8Array<ArrayBuffer> | null }): Promise<{ opened: boolean; device: Id }>;
  passkeyOptions(): Promise<PasskeyOptions>;
  /** With a `secret` the passkey opens what the recovery code opens. Without one, or when there are too many of these, it only signs in. */
  addPasskey(input: { challenge: Id; response: Record<string, unknown>; name: string; secret?: Uint8Array<ArrayBuffer> | null }): Promise<void>;
  /** It opens nothing any more, either. Rejects with `device.locked` where it has a key, or may have one, and this device has none. */
  removePasskey(id: string): Promise<void>;
  setPassword(input: { current?: string; password: string }): Promise<void>;
  rename(name: string): Promise<void>;
  /** `recovery` of a passkey: as the signed chain has it. */
  me(): Promise<Me>;
  devices(): Promise<Device[]>;
  revokeDevice(id: Id): Promise<void>;
  /**
   * A secret of 32 bytes for what this person keeps on this device outside of the store, e.g. recordings: always the same one. Signing out destroys it here;
   * it is hers again when she is back. Rejects with `device.locked`, and with `key.missing` or a network code while it cannot be opened.
   */
  ownSecret(): Promise<Uint8Array<ArrayBuffer>>;
  /** Ends the session and destroys the replica. Drafts and unsent messages stay, kept for their owner. */
  signOut(): Promise<void>;
  deleteAccount(input: { handle: string; password?: string }): Promise<void>;
}

export interface PeopleFace {
  list(): Promise<Person[]>;
  /** Makes an invitation; the secret belongs into the fragment of a link and is never sent to the server. */
  invite(input?: { for?: string }): Promise<{ secret: string; expires: number }>;
  invitations(): Promise<Invitation[]>;
  withdraw(secretSha256: string): Promise<void>;
  block(person: Id, blocked: boolean): Promise<void>;
  /**
   * Twelve groups of five digits, the same on both sides: whoever compares them knows that nobody stands in between. `invited`: this person's link said who
   * invites, and it is they. `code`: the number for the other one to scan. `compared`: with who it is now. `changes` of keys since this device knows the
   * person, oldest first. `accepted` is false while the server shows another `identity` than the known one, and the number is that one's: nothing is said
   * to it before `accept`.
   */
  safety(person: Id): Promise<{ number: string; code: string; identity: string; accepted: boolean; invited: boolean; compared: boolean; changes: { time: number; why: KeysReason }[] }>;
  /** She compared the number of this `identity`, and it was the same: all her devices know. Rejects with `identity.changed` where the person is known under another one. */
  compared(person: Id, identity: string): Promise<void>;
  /** She believes that it is this person who began anew under this `identity`: what waits for them goes. Rejects with `identity.changed` when it is another one by now. */
  accept(person: Id, identity: string): Promise<void>;
}

export interface Conversation {
  readonly id: Id;
  readonly kind: 'direct' | 'group' | 'self';
  /** Of a group; null when it has none. The name of a direct conversation is the other person's. */
  readonly title: string | null;
  readonly members: readonly ConversationMember[];
  /** Messages of others that this person has not heard. */
  readonly unheard: number;
  readonly muted: boolean;
  /** Seconds after it was heard until what is sent here ends; null: it stays. Of one's notes: what this person said of all conversations where nothing else was set. */
  readonly expiry: number | null;
  /** Why nothing can be sent into it; null while it is open. */
  readonly closed: 'left' | 'removed' | 'blocked' | 'account-deleted' | null;
  /** Server time of the last message (of its creation without one): the order of the list. */
  readonly at: number;
  readonly last: Message | null;
}

export interface ConversationMember {
  readonly person: Id;
  readonly handle: string;
  readonly name: string;
  readonly role: 'owner' | 'member';
  readonly active: boolean;
}

/** What became of a conversation itself or of its members' keys, beside what was said in it: `by` did it, at server time `time`. */
export interface ConversationChange {
  readonly conversation: Id;
  /** Number in the log: its place among the messages. Several changes may share one. Null of `keys`, whose place is by their time. */
  readonly seq: number | null;
  readonly time: number;
  readonly by: Id;
  readonly change:
    | { readonly what: 'created' | 'left' }
    | { readonly what: 'added' | 'removed' | 'promoted'; readonly people: readonly Id[] }
    | { readonly what: 'titled'; readonly title: string }
    | { readonly what: 'keys'; readonly why: KeysReason }
    /** What is sent into it from then on expires so many seconds after it was heard; null: never. */
    | { readonly what: 'expiry'; readonly seconds: number | null };
}

export interface ConversationsFace {
  list(): Promise<Conversation[]>;
  get(id: Id): Promise<Conversation | null>;
  /** Who came and went and what a group was called, from number `from` on, oldest first; at most the newest 200. */
  changes(id: Id, options?: { from?: number }): Promise<ConversationChange[]>;
  /** Conversation with one person, made when there is none. With oneself: notes. */
  direct(person: Id): Promise<Id>;
  createGroup(input: { title: string; members: readonly Id[] }): Promise<Id>;
  rename(id: Id, title: string): Promise<void>;
  add(id: Id, people: readonly Id[]): Promise<void>;
  remove(id: Id, person: Id): Promise<void>;
  promote(id: Id, person: Id): Promise<void>;
  /** First brings here what is not on this device, for who has left holds nothing. Rejects with what keeps that from coming, with how many that are as `lacking`; `anyway` goes without them. */
  leave(id: Id, how?: { anyway?: boolean }): Promise<void>;
  mute(id: Id, muted: boolean): Promise<void>;
  /** What is sent into it from now on, by everybody, expires so many seconds after it was heard; null: it stays. In groups for owners. Of one's notes: what this person sends wherever nothing else was set. Rejects with `expiry.refused`. */
  setExpiry(id: Id, seconds: number | null): Promise<void>;
  /** What holds where nothing was said (`usual`: by this person, else by the operator), and what the server allows beside null. Seconds, as far as this device knows. */
  expiryRules(): Promise<{ readonly usual: number | null; readonly least: number; readonly most: number }>;
}

/** Where a message is. It only moves forward, except that the server may be found to have lost nothing and a recipient to have heard. */
export type MessageState =
  /** On this device, on its way; `waiting` says for what and until when. `posted`: the server may have it already, and removing it takes it back from there. */
  | { readonly at: 'sending'; readonly posted: boolean; readonly bytesStored: number; readonly bytes: number; readonly waiting: { code: FailureCode; evidence: Evidence; until: number } | null }
  /** The server refused it for a reason that waiting does not cure. Kept; can be tried again, saved, removed. */
  | { readonly at: 'set-aside'; readonly code: FailureCode; readonly evidence: Evidence }
  | { readonly at: 'stored' }
  | { readonly at: 'delivered' }
  | { readonly at: 'heard' };

export interface Message {
  readonly id: Id;
  readonly conversation: Id;
  /** Number in the log; null until the server gave one. */
  readonly seq: number | null;
  /** Server time; this device's time until the server gave one. Milliseconds since 1970. */
  readonly time: number;
  readonly from: Id;
  readonly mine: boolean;
  readonly samples: number;
  readonly seconds: number;
  /** Peaks, 0 to 255, at most 256. */
  readonly waveform: Uint8Array;
  /** Of the Ogg Opus file that `messages.audio` returns. */
  readonly sha256: string;
  readonly fileName: string | null;
  /** It was said on from another conversation: who said it first, where that is told; null when it was spoken here. */
  readonly forwarded: { readonly said: { readonly by: Id; readonly at: number } | null } | null;
  /** What this person keeps with it to find it by; null without. */
  readonly words: string | null;
  /** Only meaningful for one's own messages. */
  readonly state: MessageState;
  /** When this device began to record it and when it had all of it; null for what another device sent, and for what others did. */
  readonly kept: { readonly begun: number; readonly at: number } | null;
  /** Of one's own messages: whom it is for, and where it is with each. */
  readonly recipients: readonly Recipient[];
  readonly deliveredTo: readonly { person: Id; device: Id; at: number }[];
  readonly heardBy: readonly { person: Id; at: number }[];
  /** Whether this person has heard it (one's own count as heard). */
  readonly heard: boolean;
  /** Second at which this person stopped listening, on whichever device; 0 at its beginning and once it was heard to its end. */
  readonly place: number;
  /** Whether all its bytes are on this device. */
  readonly here: boolean;
  /** When it ends for whoever heard it; null: never. */
  readonly expiry: { readonly seconds: number } | null;
  /** When it ends for this person, by the server's clock; null as long as no clock of hers runs. */
  readonly expires: number | null;
  /** Who stopped its clocks, for everyone. */
  readonly keptFor: { readonly by: Id; readonly at: number } | null;
  /** Why there is only a notice. */
  readonly removed: { readonly at: number; readonly by: Id; readonly rule: Removal['rule'] } | null;
  /** In Recently Deleted, until then: deleted by this person for herself, or her own one that she took back from everyone. */
  readonly resting: { readonly until: number; readonly whose: 'me' | 'everyone' } | null;
  /** Set when the event could not be read or its bytes are not to be had. */
  readonly failure: { readonly code: FailureCode; readonly evidence: Evidence } | null;
}

/** Where one message is with one of those it is for. Times are the server's. */
export interface Recipient {
  readonly person: Id;
  readonly heard: number | null;
  /** Devices on which the person is signed in, and those that once took it. `seen` is the hour in which a device was last there; null where that is not shown. */
  readonly devices: readonly { readonly device: Id; readonly delivered: number | null; readonly seen: number | null }[];
  /** Why none of the devices has it whole, with `since` where that is known; null when one has it, and while nothing is known to stand in the way. */
  readonly stands: { readonly code: FailureCode; readonly evidence: Evidence } | null;
}

export interface MessagesFace {
  /** The newest `limit` messages before number `before` (all unsent ones come last), oldest first. */
  list(conversation: Id, options?: { limit?: number; before?: number }): Promise<Message[]>;
  get(message: Id): Promise<Message | null>;
  /** All messages that can be heard and fit, the newest first unless asked otherwise; of all conversations unless one is named. */
  find(query: FindQuery): Promise<FoundMessages>;
  /** Says a message on in another conversation, one's notes included: its bytes do not travel again and its hash stays. Resolves with the new message. */
  forward(message: Id, conversation: Id): Promise<Id>;
  /** Words to find a message by, on all of this person's devices; null takes them away. */
  keepWords(message: Id, words: string | null): Promise<void>;
  /** The Ogg Opus file, rebuilt and checked against its hash; from this device when it is here, else fetched. */
  audio(message: Id): Promise<Uint8Array<ArrayBuffer>>;
  /** Asks the server where the messages of a conversation stand with their recipients, so that `recipients` is of now. Rejects with a network code. */
  ask(conversation: Id): Promise<void>;
  /** Says that this person really played it. Repeating it changes nothing. */
  heard(message: Id, seconds: number): Promise<void>;
  /** Takes back one's own message, for everyone. It rests for a while. */
  remove(message: Id): Promise<void>;
  /** Deletes it on this person's devices only. It rests for a while. */
  removeForMe(message: Id): Promise<void>;
  /** Brings back what rests. Rejects with `message.rested`. */
  restore(message: Id): Promise<void>;
  /** It rests no longer, or not at all. */
  removeForGood(message: Id): Promise<void>;
  /** What rests, the newest act first. */
  recentlyDeleted(): Promise<Message[]>;
  /** Stops the clocks of a message that expires, for everyone. What may be heard once is kept by its sender only, else `not-allowed`. */
  keep(message: Id): Promise<void>;
}

/** What is known when a take is sent. */
export interface SendDetails {
  /** 48 kHz samples spoken. */
  readonly samples: number;
  readonly preSkip: number;
  /** At most 256 peaks. */
  readonly waveform: Uint8Array;
  readonly source: { readonly from: 'microphone' } | { readonly from: 'file'; readonly name: string };
  /** Seconds after it was heard until it ends; null: it stays. What is in force in the conversation, unless it says otherwise. */
  readonly expiry?: number | null;
}

export interface OutgoingFace {
  /** A growing message: its upload begins with the first full record and follows. Nobody sees it before `send`. `take` is the id the caller stored. */
  begin(input: { take: Id; conversation: Id }): Promise<OutgoingTake>;
  /** A take begun earlier, on this device, in this or an earlier run; null when it was sent or discarded (or never begun). A new part begins with its next packet. */
  reopen(take: Id): Promise<OutgoingTake | null>;
  /** Tries everything that waits now, instead of at its next time: for a person who asks. */
  tryNow(): Promise<void>;
  /** The same where nobody asked, but the device may be elsewhere by now: what the server named a time for keeps it. */
  lookAgain(): Promise<void>;
  /** A message that was set aside, once more. */
  retry(message: Id): Promise<void>;
  /** What is on its way: messages and whatever else was said. */
  underWay(): Promise<ReadonlySet<Id>>;
  /** Gives up a message that is not on the server yet. */
  discard(message: Id): Promise<void>;
  /** Resolves once the message is durably on the server; rejects with its code when it is set aside. */
  stored(message: Id, options?: { signal?: AbortSignal }): Promise<{ sha256: string; seq: number }>;
}

export interface OutgoingTake {
  readonly take: Id;
  /** Packets taken so far, over all parts: where to go on after a crash. */
  readonly packets: number;
  /** Opus packets, 20 ms each, in order. Resolves when the sealed records they completed are on this device's disk. A new part begins by itself every 60 s. */
  append(packets: readonly Uint8Array[]): Promise<void>;
  /**
   * What is heard is these packets from now on: after an edit, or after a crash, when what was kept goes further. Parts that are among
   * them as they are stay, and nothing of them travels again; the others are replaced under new ids, and their uploads are ended.
   */
  revise(packets: readonly Uint8Array[]): Promise<void>;
  /** The next packet begins a new part: after a change of microphone, a new encoder. */
  split(): Promise<void>;
  /**
   * Has this person's other devices show what was taken so far as a draft of the device called `device`, instead of what they showed
   * before. Resolves when that is in the outbox; repeating it without a change does nothing. The next packet begins a new part.
   */
  show(details: SendDetails, device: string): Promise<void>;
  /** Decides to send: when it resolves the message is in the outbox for good. Its id is the take's. Idempotent. */
  send(details: SendDetails): Promise<Id>;
  /** Ends the upload and removes what the server has of it. The journal is not touched. */
  cancel(): Promise<void>;
}
