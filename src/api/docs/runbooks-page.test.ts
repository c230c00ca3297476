import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ATTENTION, runbookPath } from '../../domain/operations/attention-catalogue.ts';
import { RUNBOOKS } from '../../domain/operations/runbooks/index.ts';
import type { AttentionCode } from '../../domain/orders/attention.ts';
import { renderRunbooksHtml, runbookFile, runbookPages } from './runbooks-page.ts';

const FOLDER = new URL('../../../docs/runbooks/', import.meta.url);
const codes = Object.keys(ATTENTION) as AttentionCode[];

describe('the runbooks', () => {
  it('stand in docs/runbooks as they are in the code, one for each code and no other', () => {
    const pages = runbookPages();
    expect(readdirSync(FOLDER).toSorted()).toEqual([...pages.keys()].toSorted());
    for (const [name, text] of pages) expect(readFileSync(new URL(name, FOLDER), 'utf8')).toBe(text);
  });

  it.each(codes)('have a section for %s where its address leads', (code) => {
    const [, anchor] = runbookPath(code).split('#');
    expect(renderRunbooksHtml()).toContain(`<section id="${anchor}">`);
    expect(runbookPages().get('README.md')).toContain(`](${runbookFile(code)})`);
  });

  it.each(codes)('say of %s in whole sentences what to look at, what to do, and when it is over', (code) => {
    const { causes, look, steps, over } = RUNBOOKS[code];
    expect(look.length).toBeGreaterThan(0);
    expect(steps.length).toBeGreaterThan(0);
    for (const text of [causes, over, ...steps]) expect(text).toMatch(/^[A-Z].*[.?`]$/s);
    expect(look.join(' ')).toContain('orders explain ORDER');
  });
});
