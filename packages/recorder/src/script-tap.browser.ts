import type { ToCapture } from './capture/capture-messages.ts';
import { FrameGate } from './capture/frame-gate.ts';
import type { Tap } from './sound-source.ts';

/**
 * Samples that are captured at once: 85 ms. Chromium and WebKit have two such buffers and drop one whenever the page is busy for longer
 * than the other lasts: 21 ms were too short for a page on a machine that does other work. A crash costs that much more in this way.
 */
const BUFFER = 4_096;

/** What the worklet does, on the page's own thread: frames wait while the page is blocked, and are lost when it is blocked for long. */
export function scriptTap(context: AudioContext): Tap {
  const node = context.createScriptProcessor(BUFFER, 1, 1);
  let worker: MessagePort | null = null;
  let frame = 0;
  const gate = new FrameGate((message) => worker?.postMessage(message));
  node.onaudioprocess = ({ inputBuffer }) => {
    gate.push(inputBuffer.getChannelData(0), frame);
    frame += inputBuffer.length;
  };
  return {
    node,
    give: (port) => {
      worker?.close();
      gate.hold();
      worker = port;
      port.onmessage = (event: MessageEvent<ToCapture>) => gate.obey(event.data);
    },
    close: () => (node.onaudioprocess = null),
  };
}
