/** What to do where stock, parcels and mails are concerned. */
import type { AttentionCode } from '../../orders/attention.ts';
import { CANCEL, CLEARS, EXPLAIN, REFUND, SHOW, type Runbook } from './runbook.ts';

const CARRIER_STATUS = 'The status page of the carrier: is it down, or under maintenance?';

export const PARCEL_RUNBOOKS = {
  RESERVATION_UNRESOLVED: {
    causes: 'The database cannot write the reservation, or many orders want the same item at this moment.',
    look: [EXPLAIN, '`/readyz` of the API: which part is away?', 'The log of the order worker'],
    steps: [
      'Bring the database back when it is away; orders go on by themselves.',
      'When one item is wanted by very many, open a waiting room for it: `npm run saga -- waiting-rooms put --help`.',
    ],
    over: CLEARS,
  },
  RELEASE_UNRESOLVED: {
    causes:
      'Stock of an order that is given up could not be given back for some minutes; it looks sold until it is.',
    look: [EXPLAIN, '`/readyz` of the API: which part is away?'],
    steps: [
      'Bring back what is away; it is given back by itself.',
      'Do not adjust the stock by hand: it would be counted twice when the undo succeeds.',
    ],
    over: CLEARS,
  },
  SHIPMENT_REFUSED: {
    causes:
      'The carrier refuses to take the parcels, mostly because it does not serve the address. Nothing was charged, no parcel is ' +
      'under way, and the money is held anew as often as its hold ends.',
    look: [EXPLAIN, `${SHOW}: which parcels, from where`],
    steps: [
      'Ask the customer for another address, and have the parcels booked anew with it: ' +
        '`npm run saga -- orders change-address ORDER --help`.',
      'When the carrier does not serve one of the locations, send it from another one: `npm run saga -- orders reroute ORDER ' +
        '--location LOCATION --reason …`.',
      'When the carrier says that it takes the parcels after all, give the address that the order has once more.',
      `When none of that helps, cancel: ${CANCEL}.`,
    ],
    over: 'The carrier has given labels and the cause is gone, or the order is `cancelled`.',
  },
  BOOKING_UNRESOLVED: {
    causes: 'The carrier has not given labels for all parcels for some minutes. Nothing was charged yet.',
    look: [EXPLAIN, CARRIER_STATUS],
    steps: [
      'When many orders have it, the carrier is away: wait for it. A label is asked for by its key and made once.',
      `When the customer does not want to wait, cancel: ${CANCEL}.`,
    ],
    over: CLEARS,
  },
  BOOKING_CANCEL_UNRESOLVED: {
    causes:
      'The carrier has not said for some minutes whether it cancelled the labels. Until it does nothing else is given back, because ' +
      'only the carrier knows whether the parcels have left.',
    look: [EXPLAIN, CARRIER_STATUS],
    steps: [
      'Ask the warehouse to keep the parcels back.',
      'Wait for the carrier; when it goes on, ask it by the key that `explain` names.',
    ],
    over: CLEARS,
  },
  SHIPMENT_LATE: {
    causes: 'The carrier has not taken over every parcel within `SHIP_WITHIN_MS` after the charge.',
    look: [
      EXPLAIN,
      `${SHOW}: which parcels are still \`booked\``,
      'The warehouse: has it left without a scan?',
    ],
    steps: [
      'Ask the warehouse for each parcel that is still there, and have it handed over.',
      'When it has left, ask the carrier for its scan; the job `repair-drift` asks as well, and takes it over.',
      `When it cannot be sent, cancel: ${CANCEL}. The charge is given back.`,
    ],
    over: 'Every parcel is `shipped`; the cause goes away by itself.',
  },
  DELIVERY_LATE: {
    causes: 'Not every parcel has arrived within `DELIVER_WITHIN_MS` after it was handed over.',
    look: [
      EXPLAIN,
      `${SHOW}: tracking numbers of parcels that are not \`delivered\``,
      'The tracking page of the carrier',
    ],
    steps: [
      'Open an inquiry with the carrier, and tell the customer.',
      `When the parcel is lost, give the money back: ${REFUND}.`,
    ],
    over: 'Every parcel is `delivered`; after a loss the cause stays until the carrier says where the parcel is.',
  },
  CANCEL_PARTLY_LOST: {
    causes:
      'The order was being cancelled, or the carrier had refused one of its parcels; the others were to be stopped, and at least ' +
      'one had left. Nothing else was given back, because nobody but a person can say what the customer keeps.',
    look: [EXPLAIN, `${SHOW}: which parcels are \`cancelled\`, which have left`],
    steps: [
      'Ask the customer whether they want what is under way.',
      `Refund what they do not get: \`npm run saga -- orders refund ORDER --line LINE:QUANTITY --reason …\`.`,
      'Put the goods of the stopped parcels back on the shelf: `npm run saga -- inventory adjust --help`.',
    ],
    over: 'The order stays as it is, because no rule says how it ends; end its workflow in Temporal once everything is settled.',
  },
  NOTIFICATION_UNRESOLVED: {
    causes: 'A mail to the customer could not be sent for some minutes. The order itself goes on.',
    look: [EXPLAIN, 'The mail server of `SMTP_URL`'],
    steps: [
      'Bring the mail server back; mails go out by themselves, in their order.',
      'A mail of which nobody knows whether it was sent is not sent twice.',
    ],
    over: CLEARS,
  },
  RECORD_UNRESOLVED: {
    causes: 'A change of the order could not be written into the database for some minutes.',
    look: [EXPLAIN, '`/readyz` of the API', 'The log of PostgreSQL, and of the order worker'],
    steps: ['Bring the database back, or make room on its disk; the change is written by itself.'],
    over: CLEARS,
  },
} as const satisfies Partial<Record<AttentionCode, Runbook>>;
