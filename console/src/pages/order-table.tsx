import type { Order } from '../api/types.ts';
import { Table, type Column } from '../components/table.tsx';
import { Ago, Amount, OrderLink, Status } from '../components/values.tsx';
import { sentence } from '../format/words.ts';

const COLUMNS: readonly Column<Order>[] = [
  { title: 'Order', cell: ({ id }) => <OrderLink orderId={id} isRow /> },
  {
    title: 'Status',
    cell: ({ status, attention }) => (
      <>
        <Status status={status} />
        {attention === null ? null : (
          <span class="flag" title={attention.message}>
            {sentence(attention.code)}
          </span>
        )}
      </>
    ),
  },
  { title: 'Payment', kind: 'wide', cell: ({ paymentStatus }) => <Status status={paymentStatus} /> },
  { title: 'Customer', kind: 'wide', cell: ({ customerId }) => <span class="id">{customerId}</span> },
  { title: 'Lines', kind: 'wide number', cell: ({ lines }) => lines.length },
  { title: 'Total', kind: 'number', cell: ({ totals }) => <Amount money={totals.total} /> },
  { title: 'Placed', cell: ({ createdAt }) => <Ago instant={createdAt} /> },
];

export function OrderTable({ orders }: { readonly orders: readonly Order[] }) {
  return <Table caption="Orders, the newest first" columns={COLUMNS} rows={orders} keyOf={({ id }) => id} />;
}
