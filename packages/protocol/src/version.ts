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
 */
export const PROTOCOL_VERSION = 1;
