import { decodeQR } from 'qr/decode.js';

/** Milliseconds between two looks: what a hand needs to hold still. */
const LOOK = 200;

/**
 * Looks through the camera until something is read that `wanted` takes; null when aborted, and when there is no camera or it is not allowed.
 * The camera is off when the promise resolves.
 */
export async function scanCode(video: HTMLVideoElement, wanted: (text: string) => boolean, signal: AbortSignal): Promise<string | null> {
  const stream = await camera();
  if (stream === null) return null;
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const text = read(video);
      if (text !== null && wanted(text)) return text;
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

async function camera(): Promise<MediaStream | null> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch (error) {
    // No camera, taken by another program, or a person who said no: there is the link.
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function read(video: HTMLVideoElement): string | null {
  const { videoWidth: width, videoHeight: height } = video;
  const context = new OffscreenCanvas(Math.max(1, width), Math.max(1, height)).getContext('2d');
  if (context === null || width === 0) return null;
  context.drawImage(video, 0, 0);
  try {
    return decodeQR(context.getImageData(0, 0, width, height));
  } catch {
    // Nothing to be read in this picture; the next one is a moment away.
    return null;
  }
}
