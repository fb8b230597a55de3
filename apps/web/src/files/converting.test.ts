import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ConversionAnswer, ConversionRequest } from './conversion.ts';
import { createConverter } from './converter.browser.ts';

/** What the page has of its worker. */
class FakeWorker extends EventTarget {
  static last: FakeWorker;
  ended = false;
  constructor() {
    super();
    FakeWorker.last = this;
  }
  postMessage(): void {}
  terminate(): void {
    this.ended = true;
  }
}

async function endOf(happens: (worker: FakeWorker) => void): Promise<Failure> {
  Object.assign(globalThis, { Worker: FakeWorker });
  const converting = createConverter('/assets/convert.js', { simd: '', plain: '' })(new File(['a'], 'a.ogg'), () => undefined, new AbortController().signal);
  happens(FakeWorker.last);
  const error: unknown = await converting.then(() => null, (reason: unknown) => reason);
  assert.ok(error instanceof Failure && FakeWorker.last.ended);
  return error;
}

test('[WEB46] [WEB11] a converter whose script does not come, or that falls over, ends the reading with a reason', async () => {
  assert.equal((await endOf((worker) => worker.dispatchEvent(new Event('error')))).code, 'network.unreachable');
  const fallen = await endOf((worker) => worker.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' })));
  assert.deepEqual([fallen.code, fallen.evidence], ['audio.unsupported', { reason: 'Error: out of memory' }]);
  assert.equal((await endOf((worker) => worker.dispatchEvent(new Event('messageerror')))).code, 'audio.unsupported');
});

test('[WEB46] [WEB11] the converter answers whatever ends it: a codec that is not there, or is none', async () => {
  await using server = createServer((request, response) => response.writeHead(request.url === '/none' ? 404 : 200).end('no codec')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const page = new EventTarget();
  let answered: (answer: ConversionAnswer) => void = () => undefined;
  Object.assign(globalThis, { addEventListener: page.addEventListener.bind(page), postMessage: (answer: ConversionAnswer) => answered(answer) });
  // Workers have types of their own, which a page's do not know.
  await import(new URL('convert.worker.ts', import.meta.url).href);
  const ask = (address: string): Promise<ConversionAnswer> => new Promise((resolve) => {
    answered = resolve;
    const data: ConversionRequest = { file: new File(['RIFF'], 'a.wav'), codec: { simd: address, plain: address } };
    page.dispatchEvent(Object.assign(new Event('message'), { data }));
  });
  assert.deepEqual(await ask(`${origin}/none`), { type: 'refused', code: 'network.unreachable', evidence: { file: `${origin}/none`, status: 404 } });
  const broken = await ask(`${origin}/codec`);
  assert.equal(broken.type === 'refused' && broken.code, 'audio.unsupported');
  const offline = await ask('http://127.0.0.1:1/codec');
  assert.equal(offline.type === 'refused' && offline.code, 'network.offline');
});
