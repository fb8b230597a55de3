import { silentLog } from '@earshot/base/log.ts';
import { startServer } from '../server.ts';

/** A server process to be killed: `node victim.ts DIR`; says its port and serves until then. */
const [, , dataDir = ''] = process.argv;
const server = await startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog });
process.stdout.write(`${server.port}\n`);
