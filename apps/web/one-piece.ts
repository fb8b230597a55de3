import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

const LAZY = 'lazy';

/**
 * The bundler puts what two scripts share into a file of its own, for each combination of scripts that share something: the page began with fifty small
 * ones, each asked for and compressed alone. Here everything that is loaded later says that it needs `start`, which is there by then in any case: so all that the
 * page begins with is shared by the same scripts, and becomes one file.
 */
export function inOnePiece(start: string): Plugin {
  return {
    name: 'in-one-piece',
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /^/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        // What libraries load only elsewhere than in browsers is theirs.
        if (kind !== 'dynamic-import' || pluginData === LAZY || importer.includes('/node_modules/')) return null;
        const found = await resolve(path, { kind, importer, resolveDir, pluginData: LAZY });
        return found.errors.length > 0 ? found : { path: found.path, namespace: LAZY };
      });
      onLoad({ filter: /^/, namespace: LAZY }, ({ path }) => ({
        contents: `import ${JSON.stringify(start)};\nexport * from ${JSON.stringify(path)};`,
        resolveDir: dirname(path),
        loader: 'js',
      }));
    },
  };
}
