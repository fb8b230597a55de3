import type { Clock } from '@earshot/base/clock.ts';
import { all, answersAll, blocksLargeBodies, blocksMethods, blocksWebSocket, captivePortal, contentFilter } from '@earshot/faults/obstacles.ts';
import type { Meddler } from '@earshot/faults/middlebox.node.ts';
import type { DrillPair } from './pair.node.ts';

/** One thing that befalls people on the way to a server. After `play` the way is cleared, and everything that was spoken has to arrive. */
export interface Ordeal {
  readonly id: string;
  readonly says: string;
  readonly play: (pair: DrillPair, clock: Clock) => Promise<void>;
}

/** How long something is in the way: longer than a first retry, shorter than anybody's patience. Milliseconds. */
const WHILE = 1_500;

export const ordeals: readonly Ordeal[] = [
  { id: 'plain', says: 'Nothing is in the way.', play: (pair) => speak(pair, 2) },
  { id: 'slow', says: 'The line carries hardly more than a voice.', play: (pair) => shaped(pair, { upBits: 64_000, delay: 40 }, 3) },
  { id: 'cut', says: 'The line is cut in the middle of the sound, three times.', play: cutThrice },
  { id: 'gone', says: 'The network is gone for a while, and comes back.', play: whileShaped({ down: true }) },
  { id: 'hole', says: 'The network swallows everything and says nothing.', play: whileShaped({ blackHole: true }) },
  { id: 'answers-lost', says: 'The server does its work, and its answers are lost.', play: answersLost },
  { id: 'restart', says: 'The app is closed before the message has left, and opened again.', play: restarted },
  { id: 'portal', says: 'A sign-in page stands in the way until somebody signs in.', play: whileMeddled(captivePortal()) },
  { id: 'busy', says: 'The gateway says for a while that the server is busy.', play: whileMeddled(answersAll(503, { 'retry-after': '1' })) },
  { id: 'broken', says: 'The gateway says for a while that nobody is behind it.', play: whileMeddled(answersAll(502)) },
  { id: 'methods', says: 'A filter knows no methods but GET and POST.', play: meddled(blocksMethods(['PATCH', 'PUT', 'DELETE', 'HEAD']), 6) },
  { id: 'types', says: 'A filter lets only common types of content through.', play: meddled(contentFilter(['application/json', 'application/octet-stream']), 6) },
  { id: 'sizes', says: 'A filter cuts large requests off.', play: meddled(blocksLargeBodies(20_000, 'cut'), 20) },
  { id: 'no-socket', says: 'A proxy stops the open connection; the other side speaks.', play: heardWithoutSocket },
  { id: 'everything', says: 'All filters at once.', play: meddled(all(blocksWebSocket(), blocksMethods(['PATCH', 'PUT', 'DELETE', 'HEAD']), contentFilter(['application/json', 'application/octet-stream']), blocksLargeBodies(20_000)), 10) },
];

async function speak(pair: DrillPair, seconds: number): Promise<void> {
  await pair.speak(seconds);
}

async function shaped(pair: DrillPair, shape: Parameters<DrillPair['link']['shape']>[0], seconds: number): Promise<void> {
  pair.link.shape(shape);
  await pair.speak(seconds);
  await pair.arrived();
}

async function cutThrice(pair: DrillPair, clock: Clock): Promise<void> {
  for (const bytes of [900, 4_000, 7_500]) {
    const { cuts } = pair.link;
    pair.link.shape({ cutAfterUp: bytes });
    await pair.speak(3);
    // One that is through before its cut was not cut; the next one is.
    for (let waited = 0; pair.link.cuts === cuts && waited < WHILE; waited += 10) await clock.sleep(10);
    pair.clear();
  }
}

function whileShaped(shape: Parameters<DrillPair['link']['shape']>[0]): Ordeal['play'] {
  return async (pair, clock) => {
    pair.link.shape(shape);
    await pair.speak(2);
    await clock.sleep(WHILE);
  };
}

function whileMeddled(meddle: Meddler): Ordeal['play'] {
  return async (pair, clock) => {
    pair.box.meddle = meddle;
    await pair.speak(2);
    await clock.sleep(WHILE);
  };
}

/** What stays in the way: the message has to find another one. */
function meddled(meddle: Meddler, seconds: number): Ordeal['play'] {
  return async (pair) => {
    pair.box.meddle = meddle;
    await pair.speak(seconds);
    await pair.arrived();
  };
}

async function answersLost(pair: DrillPair): Promise<void> {
  let left = 3;
  pair.box.meddle = ({ method, path }) => {
    if (left === 0 || !['POST', 'PATCH'].includes(method) || path === '/v1/sync') return { do: 'pass' };
    left -= 1;
    return { do: 'lose-answer' };
  };
  await pair.speak(2);
  await pair.arrived();
}

async function restarted(pair: DrillPair): Promise<void> {
  pair.link.shape({ blackHole: true });
  await pair.speak(2);
  pair.link.shape({ down: true });
  await pair.restart();
}

async function heardWithoutSocket(pair: DrillPair): Promise<void> {
  pair.box.meddle = blocksWebSocket();
  // Her open connection breaks, and no other can be opened.
  pair.box.cut();
  await pair.speak(2, 'far');
  await pair.arrived();
}
