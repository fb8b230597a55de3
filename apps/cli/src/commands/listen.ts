import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Happening } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { makeFolder } from '../files/write-file.node.ts';
import { Teller } from '../listening/teller.ts';
import { Told } from '../listening/told.node.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';

interface ListenOptions extends ProfileOptions {
  readonly save?: string;
  /** commander's way of saying `--no-mark`. */
  readonly mark: boolean;
}

export function defineListen(program: Command, stage: Stage): void {
  const command = withProfile(program.command('listen'))
    .description('tell what happens, one line each, until interrupted')
    .option('--save <dir>', 'save each message in this folder, under a readable name; its line comes when it is on disk')
    .option('--no-mark', 'do not remember which messages were told of: the next run tells of them again');
  examples(command, 'earshot listen', "earshot listen --save ~/voice --json | jq -r 'select(.event==\"message\").file'")
    .action(async (options: ListenOptions) => {
      await stage.perform(options, async (output) => {
        await using session = await openSession(stage.context, options);
        await using told = await Told.open(session.dir, options.mark);
        const folder = options.save === undefined ? null : resolve(stage.context.cwd, options.save);
        if (folder !== null) await makeFolder(folder);
        const teller = new Teller({ session, output, told, folder, random: stage.context.random });
        await listen(session, output, teller, stage.context.ending);
      });
    });
}

/** Milliseconds between looks at what other commands of the profile brought. */
const lookEvery = 2_000;

/**
 * Everything goes through one queue, so that lines come whole and in order, and a message that arrives while what was missed is
 * told of is told of once.
 */
async function listen(session: Session, output: Output, teller: Teller, ending: AbortSignal): Promise<void> {
  const failed = Promise.withResolvers<never>();
  const ended = new Promise<void>((done) => {
    ending.addEventListener('abort', () => done(), { once: true });
    if (ending.aborted) done();
  });
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (work: () => Promise<void>): void => {
    queue = queue.then(async () => {
      if (!ending.aborted) await work();
    });
    queue.catch(failed.reject);
  };
  enqueue(() => teller.begin());
  enqueue(() => untilReached(session, teller, Promise.race([ended, failed.promise])));
  enqueue(async () => {
    output.result({ event: 'listening' }, 'Listening. Press Ctrl-C to end.');
    await teller.tellMissed();
  });
  const unlisten = session.earshot.on((happening: Happening) => enqueue(() => teller.tell(happening)));
  let looked = true;
  const looking = setInterval(() => {
    // One at a time: while the server is away everything else waits.
    if (!looked) return;
    looked = false;
    enqueue(async () => {
      await teller.lookAround();
      looked = true;
    });
  }, lookEvery);
  try {
    await Promise.race([ended, failed.promise]);
  } finally {
    unlisten();
    clearInterval(looking);
  }
  await queue;
}

/** Without a server it waits for one: what a person is told when it comes back is what a listener is for. */
async function untilReached(session: Session, teller: Teller, ended: Promise<void>): Promise<void> {
  let over = false;
  const end = ended.then(() => {
    over = true;
  });
  while (!over) {
    try {
      await Promise.race([session.earshot.caughtUp(), end]);
      return;
    } catch (error) {
      if (!(error instanceof Failure) || !/^(network|server)\./.test(error.code)) throw error;
      await teller.tell({ type: 'connection' });
      await Promise.race([nextChange(session), end]);
    }
  }
}

function nextChange(session: Session): Promise<void> {
  return new Promise((done) => {
    const unlisten = session.earshot.on((happening) => {
      if (happening.type !== 'connection' || session.earshot.connection.state !== 'live') return;
      unlisten();
      done();
    });
  });
}
