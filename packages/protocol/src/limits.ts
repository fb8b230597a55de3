/**
 * Everything has a limit with a name. Sizes in bytes, times in milliseconds unless the name says otherwise.
 * Reaching one is answered with the code `limit.reached` and evidence { limit, allowed, seen }, or with a code of its own.
 */
export const limits = {
  /** A sealed event body: waveform, part list and words of a long message fit four times over. */
  bodyBytes: 65_536,
  /** JSON of any request: the largest is an event that begins an ephemeral chain for 1,024 devices (1.7 MB), with a full body (87 KB). */
  requestBytes: 1_835_008,
  /** One PATCH of an upload: bounds the server's memory per connection. */
  pieceBytes: 1_048_576,
  /** One blob: parts are at most 60 s, which at 510 kbit/s is 3.9 MB. */
  blobBytes: 8_388_608,
  /** Blobs named by one event: at 60 s each more than 17 hours of speech. */
  blobsPerEvent: 1_024,
  /** Events one event may refer to. */
  refersPerEvent: 64,
  /** Messages, and people, whose listening one event tells of: what gathers while a device is away. */
  listeningPerEvent: 64,
  /** Characters of what a message is found by: ten minutes of speech. */
  wordsLength: 8_192,
  /** People in one conversation. */
  membersPerConversation: 500,
  /** Conversations of one person. */
  conversationsPerPerson: 5_000,
  /** Devices of one person, the revoked ones not counted. */
  devicesPerPerson: 32,
  /** Entries of one person's device chain: a new device every week for twenty years. */
  chainLength: 1_024,
  /** Devices in one person's chain that are not revoked. */
  devicesPerChain: 32,
  /** Devices that can be given one ephemeral chain, and prekeys in one answer: two for each of 500 people. Of more than that, those last seen count. */
  deviceGrantsPerEvent: 1_024,
  /** A recovery code, and a passkey or two. */
  recoveryKeysPerPerson: 4,
  /** Chains that one person had before she began anew: each is kept for ever, for what was said under it, with up to 9 KB an entry. */
  formerChainsPerPerson: 32,
  /** Entries of a chain in one answer: the largest, a genesis, has 9 KB. */
  chainEntriesPerPage: 128,
  /** Chains of others whose heads one event tells of. */
  chainsPerEvent: 64,
  /** Links between devices of one person that are open at once. */
  linksPerPerson: 4,
  /** Messages that pass over one link, and characters of each: public keys with a proof have 1,700. */
  messagesPerLink: 8,
  linkMessageLength: 4_096,
  /** A link lives this long. */
  linkLife: 600_000,
  /** Passkeys of one person. */
  passkeysPerPerson: 16,
  /** Uploads of one person that are not closed yet. */
  openUploadsPerPerson: 256,
  /** Bytes of one person's blobs on the server: 10 GiB is about 1,000 hours at 24 kbit/s. */
  quotaBytes: 10_737_418_240,
  /** Unused invitations of one person. */
  invitationsPerPerson: 50,
  /** Events that a device says it could not take, per conversation: the newest ones. */
  troublesPerCursor: 8,
  /** Events in one answer. */
  eventsPerPage: 500,
  /** Open connections of one device: several tabs, and a reconnection before the old one has timed out. */
  connectionsPerDevice: 16,
  /** A request that waits for news is answered after so long at the latest: before anybody on the way takes its silence for death. */
  newsWait: 10_000,
  /** A frame that a device sends over the open connection. */
  frameBytes: 4_096,
  /** Bytes waiting for a slow reader before its connection is closed; its cursor brings it back. */
  unsentBytes: 4_194_304,
  /** The address of a device at its push service: those in use have 100 to 500 characters. */
  pushEndpointLength: 2_048,
  /** A device that is connected has this long to say that it holds a message before it is woken: a dead link looks alive for a while. */
  wakeGrace: 10_000,
  /** A wake that the push service did not take for this long ends the subscription; the app renews it when it is opened. */
  wakePatience: 7 * 86_400_000,
  handleLength: 32,
  nameLength: 64,
  passwordMin: 8,
  passwordMax: 256,
  /** An event whose last bytes are still arriving in another request waits for them this long. */
  closingWait: 10_000,
  /** Members hear of a growing upload at most this often: more would not make its end come sooner. */
  growingEvery: 1_000,
  /** An open upload lives this long after its last byte. */
  uploadIdle: 86_400_000,
  /** One that stood still for so long gives its place to another of its person, where she has as many as she may have. */
  uploadYields: 600_000,
  /** An invitation lives this long. */
  invitationLife: 7 * 86_400_000,
  /** What was removed can be restored this long, unless the operator lengthens it. */
  trashLife: 30 * 86_400_000,
  /** Somebody who asked others for a message has this long to get it before it expires for her. */
  askLife: 7 * 86_400_000,
  /** The longest expiry of a message, in seconds: a year. */
  expirySeconds: 31_536_000,
  /** A session that was not used for this long ends. */
  sessionIdle: 90 * 86_400_000,
  /** Signing in counts as just done for so long: enough to read what beginning anew costs. */
  signInFresh: 600_000,
  /** A passkey challenge lives this long. */
  challengeLife: 300_000,
  /** Challenges for passkeys and recovery keys that strangers ask for, per address and minute: each is kept until it has served or ended. */
  challengesPerAddress: 120,
  /** Wrong tries to sign in, per handle and per address, in `tryWindow`. */
  triesPerHandle: 10,
  triesPerAddress: 30,
  tryWindow: 900_000,
  /** Incidents of a server are shown this long after they ended, and no more of them. */
  incidentLife: 90 * 86_400_000,
  incidentsKept: 200,
  /** Characters of an operator's announcement. */
  announcementLength: 500,
  /** Looks at the status, per address and minute. */
  statusPerAddress: 120,
  /** One measurement of the way, in each direction. */
  echoBytes: 262_144,
  /** Measurements, per address and minute: a look takes some thirty of them, and a household has several devices. */
  echoesPerAddress: 240,
} as const;

export type LimitName = keyof typeof limits;
