/**
 * Worlds in which something once went wrong, with what it was. Every run begins with them. A seed replays a world exactly as
 * long as the engines take the same steps; later it is one more world that is known to be a hard one.
 */
export const failingSeeds: ReadonlyMap<number, string> = new Map([
  [4, 'bytes of one’s own message stayed behind when it was taken back before its event came'],
  [5, 'a device’s clock put back by days held its outbox up until it had caught up'],
  [7, 'an event that came by asking was never reported as delivered'],
  [8, 'a full disk of the server refused readers as well; what a second device of a person received while the sender was away'],
  [13, 'leaving a group twice, on two devices'],
  [14, 'a change of members that came over the open line was never reported as delivered'],
  [18, 'a handshake that is never answered'],
  [19, 'an upload cleared after a day was asked for again for ever, once other faults had come before'],
  [20, 'a group made offline was never reported as delivered; an upload that was cut before its first byte set its message aside'],
  [22, 'bytes left behind, and a receipt missing; what had come of a message before it was taken back was written after it'],
  [24, 'a way that was silent before the clock was put back seemed alive for days'],
  [28, 'an upload that was gone held up its conversation'],
  [30, 'an upload that was gone held up its conversation'],
  [110, 'a change of members that came over the open line was never reported as delivered'],
  [1028, 'a disk that became full between the first bytes of an upload and its row kept those bytes until the next start; so did one that became full within those bytes (800165)'],
  [500013, 'a conversation whose key had served its 30 days began one generation after the other: it went by the age of the first'],
  [600177, 'what one page of a device brought before it ended was not reported by the page that keeps the connection'],
  [800004, 'what was still on its way when the clock of the judgement went on by a day counted as new'],
  [800018, 'of two messages whose bytes came at the same time the receipt of the second was never sent'],
]);
