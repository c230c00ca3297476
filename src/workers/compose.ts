/** The one place that constructs adapters for the order worker. */
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { createActivities, type Activities } from '../activities/index.ts';
import type { ActivityDependencies, ScreeningTools } from '../activities/shared/dependencies.ts';
import { createHttpFraudScoreGateway } from '../adapters/fraud/http-fraud-score.gateway.ts';
import { createKeyedDigest } from '../adapters/fraud/keyed-digest.ts';
import { readFraudModel } from '../adapters/fraud/read-fraud-model.ts';
import { createSmtpMailGateway } from '../adapters/notifications/smtp-mail.gateway.ts';
import { renderOrderMail } from '../adapters/notifications/templates/index.ts';
import { createHttpPaymentGateway } from '../adapters/payments/http-payment.gateway.ts';
import { createHttpCarrierGateway } from '../adapters/shipping/http-carrier.gateway.ts';
import type { OrderWorkerEnvironment } from '../config/env.ts';
import { traceRepository, type Tracing } from '../config/tracing.ts';
import type { TemporalWorkerParts } from './temporal-worker.ts';

/** What the worker runs, and what must be closed after it. */
export interface OrderWorkerParts extends TemporalWorkerParts {
  readonly activities: Activities;
}

export function composeOrderWorker(
  environment: OrderWorkerEnvironment,
  tracing: Tracing,
  decorate: (dependencies: ActivityDependencies) => ActivityDependencies,
): OrderWorkerParts {
  const timeoutMs = environment.PROVIDER_TIMEOUT_MS;
  const database = createDatabase({
    url: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-worker',
  });
  const repositories = createRepositories(database);
  const traced = <Repository extends object>(name: string, repository: Repository): Repository =>
    tracing.enabled ? traceRepository(name, repository) : repository;
  const mail = createSmtpMailGateway({
    smtpUrl: environment.SMTP_URL,
    from: environment.MAIL_FROM,
    lookupUrl: environment.MAIL_LOOKUP_URL,
    timeoutMs,
  });
  const activities = createActivities(
    decorate({
      orders: traced('orders', repositories.orders),
      orderReads: traced('orderReads', repositories.orderReads),
      notifications: traced('notifications', repositories.notifications),
      fraud: traced('fraud', repositories.fraud),
      screening: screeningTools(environment),
      payments: createHttpPaymentGateway({
        baseUrl: environment.PAYMENT_PROVIDER_URL,
        apiKey: environment.PAYMENT_PROVIDER_API_KEY,
        timeoutMs,
      }),
      carrier: createHttpCarrierGateway({
        baseUrl: environment.CARRIER_URL,
        apiKey: environment.CARRIER_API_KEY,
        timeoutMs,
      }),
      mail,
      renderMail: renderOrderMail,
    }),
  );
  return {
    activities,
    database,
    close: async () => {
      mail.close();
      await database.close();
    },
  };
}

function screeningTools(environment: OrderWorkerEnvironment): ScreeningTools {
  const { FRAUD_SCORE_URL: baseUrl } = environment;
  return {
    scorer:
      baseUrl === undefined
        ? null
        : createHttpFraudScoreGateway({
            baseUrl,
            apiKey: environment.FRAUD_SCORE_API_KEY,
            timeoutMs: environment.FRAUD_SCORE_TIMEOUT_MS,
          }),
    digests: createKeyedDigest(environment.FRAUD_DIGEST_KEY),
    model: readFraudModel(),
    settings: {
      weights: {
        rules: environment.FRAUD_WEIGHT_RULES,
        model: environment.FRAUD_WEIGHT_MODEL,
        external: environment.FRAUD_WEIGHT_EXTERNAL,
      },
      reviewAt: environment.FRAUD_REVIEW_AT,
      refuseAt: environment.FRAUD_REFUSE_AT,
      limits: {
        customerOrdersPerHour: environment.FRAUD_CUSTOMER_ORDERS_PER_HOUR,
        cardOrdersPerDay: environment.FRAUD_CARD_ORDERS_PER_DAY,
        addressOrdersPerDay: environment.FRAUD_ADDRESS_ORDERS_PER_DAY,
        customerAmountPerDayMinor: environment.FRAUD_CUSTOMER_AMOUNT_PER_DAY_MINOR,
        amountTimesMean: environment.FRAUD_AMOUNT_TIMES_MEAN,
      },
    },
  };
}
