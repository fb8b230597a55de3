// node tests/e2e/backup-series.ts [--kills 50]: backups and restores beside a server at work, and of a person, killed at so many random moments each.
import { parseArgs } from 'node:util';
import { backupRounds } from './backup-rounds.ts';
import { ownBackupRounds } from './own-backup-rounds.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' } } });
const { messages, killed } = await backupRounds(Number(values.kills), (text) => console.log(text));
console.log(`${String(killed)} killed; ${String(messages)} messages acknowledged before the last backup, all of them there after restoring, byte for byte`);
const own = await ownBackupRounds(Number(values.kills), (text) => console.log(`own ${text}`));
console.log(`${String(own)} killed of a person's; every message is there after restoring, by its hash`);
