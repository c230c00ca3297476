import { describe, expect, it } from '@jest/globals';
import type { OrderRow } from '../../../../db/repositories/console.repository.ts';
import { CSV_HEADER, toCsvLine } from './order-csv.ts';

const row: OrderRow = {
  id: 'ord_1',
  createdAt: '2026-01-02T10:00:00.000Z',
  status: 'completed',
  paymentStatus: 'captured',
  attentionCode: null,
  customerId: 'cus_1',
  currency: 'GBP',
  totalMinor: 1110,
  capturedMinor: 1110,
  refundedMinor: 0,
};

describe('an order as a line of CSV', () => {
  it('has a value for each name of the first line', () => {
    expect(CSV_HEADER).toBe(
      'id,createdAt,status,paymentStatus,attentionCode,customerId,currency,totalMinor,capturedMinor,refundedMinor\r\n',
    );
    expect(toCsvLine(row)).toBe(
      'ord_1,2026-01-02T10:00:00.000Z,completed,captured,,cus_1,GBP,1110,1110,0\r\n',
    );
  });

  it('quotes what would break the line', () => {
    expect(toCsvLine({ ...row, customerId: 'a,"b"\nc' })).toContain(',"a,""b""\nc",');
  });

  it.each(['=1+1', '+1', '-1', '@x'])('shows %s as text and lets no spreadsheet run it', (customerId) => {
    expect(toCsvLine({ ...row, customerId })).toContain(`,'${customerId},`);
  });
});
