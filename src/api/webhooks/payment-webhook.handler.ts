import { z } from 'zod';
import { defineWebhook } from '../http/endpoint.ts';
import { readWebhook, stored } from './receive-webhook.ts';
import { paymentWebhook } from './webhook.schema.ts';

export const paymentWebhookEndpoint = defineWebhook({
  method: 'post',
  path: '/v1/webhooks/payments',
  operationId: 'receivePaymentWebhook',
  tag: 'Webhooks',
  summary: 'What the payment provider tells',
  description:
    'Signed in the header `webhook-signature`. A repetition is answered in the same way and changes nothing.',
  body: paymentWebhook,
  answers: {
    200: { description: 'Stored', schema: z.strictObject({ status: z.enum(['stored', 'repeated']) }) },
  },
  handle: async (request, { repositories, environment }) => {
    const webhook = readWebhook(request, environment.PAYMENT_WEBHOOK_SECRET, paymentWebhook);
    request.note({ orderId: webhook.data.orderId, workflowId: webhook.data.orderId });
    return stored(
      await repositories.inbox.store({
        provider: 'payments',
        messageId: webhook.id,
        orderId: webhook.data.orderId,
        // That a refund has failed is news although its answer is recorded.
        operationKey: webhook.data.status === 'failed' ? null : webhook.data.operationKey,
        payload: webhook,
      }),
    );
  },
});
