// Everything from a fresh checkout to a running server: npm start [-- --port N --data DIR ...]
//
// package.json starts it with `exec`: npm hands a signal to the shell in between, which would end and leave us behind.
// Where the shell has no exec (Windows), run this file itself.
import { buildWeb } from './build.mjs';
import { runNode } from './child.mjs';
import { main } from './complaint.mjs';
import { ensure } from './ensure.mjs';

await main(async () => {
  const node = ensure();
  const built = await buildWeb(node);
  if (built !== 0) return built;
  return await runNode(node, ['apps/cli/src/main.ts', 'serve', '--first-invitation', ...process.argv.slice(2)]);
});
