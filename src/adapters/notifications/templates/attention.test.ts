import { describe, expect, test } from '@jest/globals';
import { attentionMail, type MailedCause } from './attention.template.ts';

const BASE = 'https://orders.example.com/';
const cause = (code: string, number = 1): MailedCause => ({
  orderId: `ord_${number}`,
  code,
  since: '2026-11-20T10:00:00.000Z',
  message: `About <${code}>.`,
  status: 'fulfilling',
  total: { amountMinor: 4990, currency: 'GBP' },
});

describe('a mail to operations staff', () => {
  test('about one cause names it, says by when to act, and leads to what to do', () => {
    const { subject, text, html } = attentionMail([cause('CAPTURE_UNRESOLVED')], false, BASE);
    expect(subject).toBe('critical: CAPTURE_UNRESOLVED (ord_1)');
    expect(text).toContain('order ord_1 (fulfilling, £49.90)');
    expect(text).toContain(
      'act by 2026-11-20T11:00:00.000Z. https://orders.example.com/docs/runbooks#CAPTURE_UNRESOLVED',
    );
    expect(text).toContain('npm run saga -- orders explain ord_1');
    expect(html).toContain('About &lt;CAPTURE_UNRESOLVED&gt;.');
    expect(html).toContain('href="https://orders.example.com/docs/runbooks#CAPTURE_UNRESOLVED"');
  });

  test('about many has the worst first, and counts those for which it has no room', () => {
    const many = Array.from({ length: 30 }, (_, index) => cause('SHIPMENT_LATE', index));
    const { subject, text } = attentionMail([...many, cause('AUDIT_VIOLATION', 99)], true, BASE);
    expect(subject).toBe('31 orders need a person: 1 critical, 30 medium');
    expect(text.indexOf('AUDIT_VIOLATION')).toBeLessThan(text.indexOf('SHIPMENT_LATE'));
    expect(text.match(/orders explain/g)).toHaveLength(20);
    expect(text).toContain('And 11 more of SHIPMENT_LATE.');
    expect(text).toContain('There are more; the next mail tells of them.');
  });
});
