import type { DigestPort } from '../../adapters/fraud/digest.port.ts';
import type { FraudScorePort } from '../../adapters/fraud/fraud-score.port.ts';
import type { MailPort, OutgoingMail } from '../../adapters/notifications/mail.port.ts';
import type { PaymentPort } from '../../adapters/payments/payment.port.ts';
import type { CarrierPort } from '../../adapters/shipping/carrier.port.ts';
import type { FraudRepository } from '../../../db/repositories/fraud.repository.ts';
import type { MailTemplate, NotificationRepository } from '../../../db/repositories/messages.repository.ts';
import type { OrderReads } from '../../../db/repositories/order-reads.repository.ts';
import type { OrderChange, OrderRepository } from '../../../db/repositories/orders.repository.ts';
import type { FraudModel } from '../../domain/fraud/fraud-model.ts';
import type { FraudSettings } from '../../domain/fraud/fraud-settings.ts';
import type { Contact, OrderView } from '../../domain/orders/order.ts';
import type { OrderStatus, PaymentStatus } from '../../domain/orders/order-status.ts';

export interface ScreeningTools {
  /** Null where there is none. */
  readonly scorer: FraudScorePort | null;
  readonly digests: DigestPort;
  readonly model: FraudModel;
  readonly settings: FraudSettings;
}

/** What the activities act with; made by src/workers/compose.ts alone. */
export interface ActivityDependencies {
  readonly orders: OrderRepository;
  readonly orderReads: OrderReads;
  readonly notifications: NotificationRepository;
  readonly fraud: Pick<FraudRepository, 'readScreening' | 'recordScreening' | 'recordReviewEnd'>;
  readonly payments: PaymentPort;
  readonly carrier: CarrierPort;
  readonly mail: MailPort;
  /** What orders are screened with. */
  readonly screening: ScreeningTools;
  /** Writes the mail about one event of an order; `subjectId` is `1`, or the refund that it is about. */
  readonly renderMail: (
    template: MailTemplate,
    order: OrderView,
    contact: Contact,
    subjectId: string,
  ) => Omit<OutgoingMail, 'messageId'>;
}

/** Where the order stands after a step, as the workflow keeps it. */
export interface OrderStanding {
  readonly status: OrderStatus;
  readonly paymentStatus?: PaymentStatus | undefined;
  /** The sequence of the order's last event. */
  readonly version: number;
}

/** The part of a change that the workflow needs; less to store in history. */
export function standingOf(change: OrderChange): OrderStanding {
  return { status: change.status, paymentStatus: change.paymentStatus, version: change.version };
}
