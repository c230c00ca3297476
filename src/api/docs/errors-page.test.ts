import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '../../domain/errors.ts';
import { problemType } from '../http/problem.ts';
import { renderErrorsHtml, renderErrorsMarkdown } from './errors-page.ts';

describe('the catalogue of errors', () => {
  it('stands in docs/errors.md as it is in the code', () => {
    const file = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    expect(file).toBe(renderErrorsMarkdown());
  });

  it('has a section where the type of each problem points to', () => {
    const page = renderErrorsHtml();
    for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
      const [, anchor] = problemType(code).split('#');
      expect(page).toContain(`id="${anchor}"`);
    }
  });

  it('escapes what would be markup', () => {
    expect(renderErrorsHtml()).toContain('Bearer &lt;api key or JWT&gt;');
  });
});
