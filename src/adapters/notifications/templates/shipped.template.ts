import type { OrderView } from '../../../domain/orders/order.ts';
import { firstRows, setLetter, type MailContent } from './letter.ts';

/** Says that the carrier has the goods, and how to follow each parcel. */
export function shippedMail(order: OrderView): MailContent {
  const parcels = order.shipments.filter((shipment) => shipment.status !== 'cancelled');
  return setLetter({
    subject: `Your order is on its way (${order.id})`,
    heading: 'Your order is on its way',
    colour: '#0f7b6c',
    orderId: order.id,
    paragraphs: [
      parcels.length === 1
        ? 'The carrier has your parcel. You can follow it by its tracking number.'
        : `The carrier has your order in ${parcels.length} parcels. You can follow each by its tracking number.`,
    ],
    table: {
      title: parcels.length === 1 ? 'Your parcel' : 'Your parcels',
      ...firstRows(parcels, (parcel) => ({
        what: parcel.carrier ?? 'Parcel',
        value: parcel.trackingNumber ?? 'no tracking number yet',
      })),
      totals: [],
    },
    closing: 'Please name the order number when you write to us.',
  });
}
