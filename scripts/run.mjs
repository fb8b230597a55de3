// Runs one of our programs on a Node that is new enough: node scripts/run.mjs FILE.ts [arguments]
import { runNode } from './child.mjs';
import { Complaint, main } from './complaint.mjs';
import { ensure } from './ensure.mjs';

await main(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new Complaint('Say what to run: node scripts/run.mjs FILE.ts [arguments]');
  return await runNode(ensure(), [file, ...args]);
});
