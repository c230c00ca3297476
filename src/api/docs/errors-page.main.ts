/** Writes docs/errors.md from the catalogue: node src/api/docs/errors-page.main.ts */
import { writeFileSync } from 'node:fs';
import { renderErrorsMarkdown } from './errors-page.ts';

writeFileSync(new URL('../../../docs/errors.md', import.meta.url), renderErrorsMarkdown());
