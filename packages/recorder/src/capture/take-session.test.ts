import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOpusFromPackage } from '@earshot/audio/opus-wasm.node.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { FileJournal } from '../journal/file-journal.ts';
import { MemoryFiles } from '../journal/files.memory.ts';
import { FakeCapture, FakeTimers } from '../testing/frames.ts';
import type { WorkerEvent } from '../worker-messages.ts';
import { secondsOf, unknownRoom } from './room.ts';
import type { Room } from './room.ts';
import { TakeSession } from './take-session.ts';
import { TakeWriter } from './take-writer.ts';

const codec = await startOpusFromPackage();
const header = { take: 'take', conversation: 'talk', started: 1 };

class Stage {
  readonly disk = new MemoryFiles();
  readonly journal = new FileJournal(this.disk);
  readonly timers = new FakeTimers();
  readonly capture = new FakeCapture();
  readonly told: WorkerEvent[] = [];
  room: Room = unknownRoom;

  async open(resume = false): Promise<TakeSession> {
    const file = await (resume ? this.journal.reopen('take') : this.journal.create(header));
    const writer = new TakeWriter(codec, file, (failure) => this.told.push({ type: 'fault', code: failure.code, evidence: failure.evidence }));
    const session = new TakeSession('take', writer, { timers: this.timers, room: this.room }, (event) => this.told.push(event));
    session.connect(this.capture, { microphone: 'Desk', rate: 48_000, resend: false });
    return session;
  }

  /** So many times 10 ms, with everything they set off. */
  async pass(ticks: number): Promise<void> {
    for (let tick = 0; tick < ticks; tick += 1) {
      this.capture.tick();
      this.timers.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets time pass until the work is done. */
  async while<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => (done = true));
    ended.catch(() => undefined);
    while (!done) await this.pass(1);
    return ended;
  }

  codes(): string[] {
    return this.told.filter((event) => event.type === 'fault').map((event) => event.code);
  }
}

test('[REC8] stopping takes in 120 ms more, and ends the encoder so that exactly what came in can be played', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(99);
  const before = session.writer.counts.samples;
  const finished = await stage.while(session.finish());
  const more = session.writer.counts.samples - before;
  // Half a chunk of 20 ms was on its way; this clock is ahead of this microphone by another half, and frames end where 10 ms do.
  assert.ok(more >= 5_760 + 480 && more <= 5_760 + 1_440, `${more} samples`);
  assert.equal(finished.samples, session.writer.counts.samples);
  const record = await stage.journal.read('take');
  assert.equal(record.packets.length, finished.packets);
  assert.equal(finished.packets * 960 - finished.preSkip - (record.parts[0]?.padding ?? 0), finished.samples);
  assert.equal(finished.peaks.length, finished.packets);
});

test('[REC8] what waits in a queue when the button is let go is taken in before the end', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(100);
  stage.capture.late = true;
  await stage.pass(40);
  const here = session.writer.counts.samples;
  const finishing = session.finish();
  await stage.pass(2);
  stage.capture.late = false;
  const finished = await stage.while(finishing);
  assert.ok(finished.samples - here >= 40 * 480 + 5_760, `${finished.samples - here} samples more`);
});

test('[REC8] frames that wait beside a timer are read before it ends the take', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(100);
  const here = session.writer.counts.samples;
  const finishing = session.finish();
  // The worker gets no processor for a second; then it finds its timers first.
  stage.timers.advance(1_000);
  const finished = await stage.while(finishing);
  assert.ok(finished.samples - here >= 5_760, `${finished.samples - here} samples more`);
});

test('[REC8] a microphone that gives nothing any more keeps nobody from the end', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(100);
  stage.capture.deaf = true;
  const began = stage.timers.now();
  await stage.while(session.finish());
  assert.ok(stage.timers.now() - began <= 700, `${stage.timers.now() - began} ms`);
});

test('[REC9] the page is told written packets only, each once and in order, at most 20 times a second', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(200);
  await stage.while(session.finish());
  const frames = stage.told.filter((event) => event.type === 'frames');
  const record = await stage.journal.read('take');
  assert.deepEqual(frames.flatMap((event) => event.packets), record.packets);
  assert.ok(frames.length <= 2 + 2.2 * 20, `${frames.length} messages`);
  assert.deepEqual(frames.map((event) => event.part), [true, ...Array.from({ length: frames.length - 1 }, () => false)]);
  assert.equal(frames.at(-1)?.safe, record.packets.length);
});

test('[REC4] while recording, a power cut at any moment costs less than 300 ms', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  for (let step = 0; step < 200; step += 1) {
    await stage.pass(1);
    const after = await new FileJournal(stage.disk.afterPowerCut()).read('take');
    const lost = session.writer.counts.samples - after.packets.length * 960;
    assert.ok(lost <= 0.25 * 48_000, `${lost / 48} ms`);
  }
});

test('[REC7] without a frame, listening fails with mic.no-frames', async () => {
  const stage = new Stage();
  const session = await stage.open();
  stage.capture.deaf = true;
  await assert.rejects(stage.while(session.listen()), (error) => error instanceof Failure && error.code === 'mic.no-frames');
  assert.ok(session.writer.isEmpty);
});

test('[REC7] frames that stop are mic.no-frames within a second and a half, said once', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(100);
  stage.capture.deaf = true;
  await stage.pass(80);
  assert.deepEqual(stage.codes(), []);
  await stage.pass(70);
  assert.deepEqual(stage.codes(), ['mic.no-frames']);
  await stage.pass(200);
  assert.deepEqual(stage.codes(), ['mic.no-frames']);
  await stage.while(session.drain());
  assert.ok((await stage.journal.read('take')).packets.length >= 50);
});

test('[REC16] digital silence is mic.silent within two seconds; speech at -50 dBFS is not', async () => {
  const quiet = new Stage();
  quiet.capture.amplitude = 0.003;
  const quietly = await quiet.open();
  await quiet.while(quietly.listen());
  await quiet.pass(500);
  assert.deepEqual(quiet.codes(), []);

  const silent = new Stage();
  silent.capture.amplitude = 0;
  const silently = await silent.open();
  await silent.while(silently.listen());
  await silent.pass(130);
  assert.deepEqual(silent.codes(), []);
  await silent.pass(60);
  assert.deepEqual(silent.codes(), ['mic.silent']);
});

test('[REC5] [REC19] while the disk refuses nothing is dropped; afterwards everything is there, once', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(100);
  stage.disk.fault = new Error('no room');
  await stage.pass(200);
  assert.ok(stage.codes().includes('recorder.storage') && stage.codes().includes('recorder.pipeline'), stage.codes().join());
  await assert.rejects(stage.while(session.finish()), (error) => error instanceof Failure && error.code === 'recorder.storage');
  stage.disk.fault = null;
  const finished = await stage.while(session.finish());
  assert.equal(finished.samples, session.writer.counts.samples);
  assert.equal((await stage.journal.read('take')).packets.length, session.writer.counts.encoded);
});

test('[REC10] a pause keeps the encoder; [REC14] another microphone and another opening begin a part', async () => {
  const stage = new Stage();
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(51);
  await stage.while(session.drain());
  await stage.while(session.listen());
  await stage.pass(51);
  await stage.while(session.drain());
  assert.equal((await stage.journal.read('take')).parts.length, 1);
  session.connect(stage.capture, { microphone: 'Headset', rate: 48_000, resend: false });
  await stage.while(session.listen());
  await stage.pass(51);
  await stage.while(session.finish());
  await session.close();
  const later = await stage.open(true);
  await stage.while(later.listen());
  await stage.pass(51);
  const finished = await stage.while(later.finish());
  const record = await stage.journal.read('take');
  assert.deepEqual(record.parts.map((part) => part.microphone), ['Desk', 'Headset', 'Desk']);
  assert.equal(finished.packets, record.packets.length);
  assert.equal(finished.peaks.length, record.packets.length);
});

test('[REC6] where little room is left that is said once, with the time; where none is, recording pauses with room for its end', async () => {
  const stage = new Stage();
  let free = 40_000_000;
  stage.room = { secondsLeft: async () => secondsOf(free) };
  const session = await stage.open();
  await stage.while(session.listen());
  await stage.pass(600);
  assert.deepEqual(stage.codes(), []);
  free = 2_000_000;
  await stage.pass(1_100);
  const low = stage.told.find((event) => event.type === 'fault');
  assert.deepEqual(stage.codes(), ['recorder.storage-low']);
  assert.ok(low?.type === 'fault' && low.evidence['secondsLeft'] === 264);
  free = 1_000_000;
  await stage.pass(600);
  assert.deepEqual(stage.codes(), ['recorder.storage-low', 'recorder.storage']);
  await stage.while(session.drain());
  const refused = await stage.while(session.listen()).then(() => null, (error: unknown) => error);
  assert.ok(refused instanceof Failure && refused.code === 'recorder.storage');
});

for (const [stage, how] of [['worker', 'with packets that capture had not heard of'], ['encoder', 'while it encodes']] as const) {
  test(`[REC21] the ${stage} dies ${how}: the next one goes on without a lost sample`, async () => {
    const world = new Stage();
    const session = await world.open();
    await world.while(session.listen());
    await world.pass(437);
    if (stage === 'encoder') {
      const { exports } = codec;
      const broken = { ...exports, opus_encode: () => { throw new WebAssembly.RuntimeError('unreachable'); } };
      Object.assign(codec, { exports: broken });
      await world.pass(8);
      Object.assign(codec, { exports });
      assert.deepEqual(world.codes(), ['recorder.pipeline']);
    }
    // Nobody tells capture, and nothing is ended: it goes on into nowhere.
    world.capture.listen(null);
    await world.pass(30);
    const file = await world.journal.reopen('take');
    const writer = new TakeWriter(codec, file, () => undefined);
    const next = new TakeSession('take', writer, world, (event) => world.told.push(event));
    next.connect(world.capture, { microphone: 'Desk', rate: 48_000, resend: true });
    await world.while(next.listen());
    await world.pass(200);
    const finished = await world.while(next.finish());
    const record = await world.journal.read('take');
    const second = record.parts[1];
    assert.ok(record.parts.length === 2 && second !== undefined);
    const before = second.packet * 960 - 312;
    assert.equal(before + writer.counts.samples, world.capture.captured, 'every sample that was captured, once');
    assert.equal(finished.packets, record.packets.length);
  });
}
