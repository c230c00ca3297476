/** Writes docs/runbooks from the catalogue: node src/api/docs/runbooks-page.main.ts */
import { mkdirSync, writeFileSync } from 'node:fs';
import { runbookPages } from './runbooks-page.ts';

const folder = new URL('../../../docs/runbooks/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of runbookPages()) writeFileSync(new URL(name, folder), text);
