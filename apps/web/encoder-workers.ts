import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { Plugin } from 'esbuild';

/** Where an encoder makes its worker of a text that it carries. */
const INLINE = /return inlineWorker\(([\s\S]*?)\);\n\}\n/;
const opener = join(import.meta.dirname, 'src/gallery/open-encoder.browser.ts');

/**
 * The encoders of mediabunny carry their workers as text and start them from `blob:` addresses, which our policy forbids for good reason. Here
 * the text becomes a file of ours, which `add` puts beside the others and answers the address of, and the worker is started from there.
 */
export function encoderWorkers(add: (name: string, content: Buffer) => string): Plugin {
  return {
    name: 'encoder-workers',
    setup: ({ onLoad }) => {
      onLoad({ filter: /mediabunny-(aac|mp3)-encoder\.mjs$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        const [, literal] = INLINE.exec(source) ?? [];
        if (literal === undefined) throw new Error(`${basename(path)} starts its worker in another way than it did`);
        const script: unknown = runInNewContext(literal);
        const address = add(basename(path).replace('mediabunny-', '').replace('.mjs', '.js'), Buffer.from(String(script)));
        const contents = source.replace(INLINE, () => `return openEncoder(${JSON.stringify(address)});\n}\n`);
        return { contents: `import { openEncoder } from ${JSON.stringify(opener)};\n${contents}`, loader: 'js' };
      });
    },
  };
}
