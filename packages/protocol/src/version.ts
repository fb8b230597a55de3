/**
 * Version of the wire contract. A client says it in every envelope; a server refuses what it does not know.
 *
 * History
 * - 1: first version.
 *   - `GET /v1/status`: how the server is.
 *   - Beside the cursors: `troubles` (what devices could not take), `devices` and `receipts`; the body `listening`.
 *   - The body `draft`.
 *   - A component `backup` of the status.
 *   - `POST /v1/echo`: measuring the way.
 *   - `sync` may wait for news; every answer carries the mark `earshot-protocol`.
 *   - Sealing: `chain` at joining, chains, keys, links, signing in by a link or a recovery key; `generation` and `grants` of events, the
 *     class `key`, the body `roster`, `grant` with a logged event, `sha256` of what was removed; `chain`, `locked`, `due`; growing uploads.
 *   - The body `words`; a message may come from another one (`forward`).
 *   - Keeping: `expiry` of messages, the classes `restore`, `heard` and `keep`, the rules `expired` and `let-go`, the bodies `expiry` and
 *     `hidden`, `POST /v1/logs/:log/letting-go`, `retention` in the answers of `server` and `sync`.
 *   - Looking for what is missing: `PUT /v1/blobs/:id`, the classes `ask` and `answer`, the bodies `seek`, `sought` and `answer`.
 *   - The body `compared`.
 *   - The incident `backup.failed`.
 *   - Beginning anew: `POST /v1/chain/anew`, `former` and `identity` of chains, `identity` of people and members, the body `accepted`; so many
 *     `former` at most, and `session.stale`.
 *   - `recovery` of passkeys.
 *   - What expires under keys of its own: prekeys, the class and body `chain`, `deviceGrants`, `deviceGrant`, `ephemeral` of envelopes, the body `kept`.
 *   - The log of a new group follows from the event that makes it; any other is `request.invalid`.
 *   - `title` of every body `roster`, and `expiry`; `recorded` of the body `draft`.
 *   - `now` of `pong`.
 */
export const PROTOCOL_VERSION = 1;
