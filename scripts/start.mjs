// Everything from a fresh checkout to a running server: npm start [-- --port N --data DIR ...]
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
