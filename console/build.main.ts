/**
 * Builds the console into a folder, dist/console or the one that is named: node console/build.main.ts [FOLDER]
 * One page, one script, one style, named by what is in them.
 */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(ROOT, '..', 'dist', 'console'));

await build({
  root: ROOT,
  configFile: false,
  // Files of a developer's own settings must not change what is built.
  envDir: false,
  base: '/console/',
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: folder,
    emptyOutDir: true,
    // All that it serves is one file of a script: nothing to preload, and no string that becomes a script.
    modulePreload: false,
    assetsInlineLimit: 0,
  },
});
