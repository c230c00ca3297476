import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { shipmentId } from '../ids.ts';
import { ParcelTracking, type ParcelChange, type ParcelStatus } from './parcel-tracking.ts';

const ORDER = 'ord_0123456789abcdefghjkmnpqrs';
const [FIRST, SECOND] = [shipmentId(ORDER, 1), shipmentId(ORDER, 2)];
const told = (shipment: string, status: ParcelStatus, messageId = 'evt'): ParcelChange => ({
  shipmentId: shipment,
  status,
  messageId,
});

/** Writes everything down on the way to the goal, as the workflow does. */
function drain(parcels: ParcelTracking, goal: ParcelStatus): string[] {
  const changes: string[] = [];
  for (let change = parcels.nextChange(goal); change !== null; change = parcels.nextChange(goal)) {
    changes.push(`${change.shipmentId} ${change.status}`);
    parcels.record(change);
  }
  return changes;
}

describe('tracking parcels', () => {
  test('a repetition and a late message change nothing', () => {
    const parcels = new ParcelTracking(ORDER);
    expect(parcels.tell(told(FIRST, 'shipped'))).toBe(true);
    expect(parcels.tell(told(FIRST, 'shipped'))).toBe(false);
    expect(parcels.tell(told(FIRST, 'delivered'))).toBe(true);
    expect(parcels.tell(told(FIRST, 'shipped'))).toBe(false);
  });

  test('a message about a parcel of somebody else is not kept', () => {
    const parcels = new ParcelTracking(ORDER);
    for (const other of [
      shipmentId('ord_other', 1),
      `${FIRST}x`,
      ORDER,
      '',
      shipmentId(ORDER, 0),
      `${ORDER}_1`,
    ]) {
      expect(parcels.tell(told(other, 'shipped'))).toBe(false);
    }
  });

  test('a message that comes before the parcel is known is kept for it', () => {
    const parcels = new ParcelTracking(ORDER);
    parcels.tell(told(FIRST, 'shipped'));
    expect(parcels.nextChange('shipped')).toBeNull();
    parcels.expect([FIRST]);
    expect(parcels.nextChange('shipped')).toEqual(told(FIRST, 'shipped'));
  });

  test('a parcel that arrived was handed over before', () => {
    const parcels = new ParcelTracking(ORDER);
    parcels.expect([FIRST]);
    parcels.tell(told(FIRST, 'delivered'));
    expect(drain(parcels, 'delivered')).toEqual([`${FIRST} shipped`, `${FIRST} delivered`]);
  });

  test('an arrival waits until every parcel was handed over', () => {
    const parcels = new ParcelTracking(ORDER);
    parcels.expect([FIRST, SECOND]);
    parcels.tell(told(FIRST, 'delivered'));
    expect(drain(parcels, 'shipped')).toEqual([`${FIRST} shipped`]);
    expect(parcels.isComplete('shipped')).toBe(false);
    parcels.tell(told(SECOND, 'shipped'));
    expect(drain(parcels, 'shipped')).toEqual([`${SECOND} shipped`]);
    expect(parcels.isComplete('shipped')).toBe(true);
    expect(drain(parcels, 'delivered')).toEqual([`${FIRST} delivered`]);
  });

  test('ends the same, in whatever order and however often it is told', () => {
    const messages = [FIRST, SECOND].flatMap((parcel) => [
      told(parcel, 'shipped'),
      told(parcel, 'delivered'),
    ]);
    const stream = fc
      .array(fc.constantFrom(...messages), { maxLength: 12 })
      .chain((more) =>
        fc.shuffledSubarray([...messages, ...more], { minLength: messages.length + more.length }),
      );
    fc.assert(
      fc.property(stream, (arriving) => {
        const parcels = new ParcelTracking(ORDER);
        parcels.expect([FIRST, SECOND]);
        const written: string[] = [];
        for (const message of arriving) {
          parcels.tell(message);
          written.push(...drain(parcels, 'shipped'));
        }
        written.push(...drain(parcels, 'delivered'));
        expect(parcels.isComplete('delivered')).toBe(true);
        expect(written.toSorted()).toEqual(
          [FIRST, SECOND].flatMap((parcel) => [`${parcel} delivered`, `${parcel} shipped`]),
        );
      }),
    );
  });
});
