import { z } from 'zod';
import { defineWebhook } from '../http/endpoint.ts';
import { readWebhook, stored } from './receive-webhook.ts';
import { shippingWebhook } from './webhook.schema.ts';

export const shippingWebhookEndpoint = defineWebhook({
  method: 'post',
  path: '/v1/webhooks/shipping',
  operationId: 'receiveShippingWebhook',
  tag: 'Webhooks',
  summary: 'What the carrier tells',
  description:
    'Signed in the header `webhook-signature`. A repetition is answered in the same way and changes nothing.',
  body: shippingWebhook,
  answers: {
    200: { description: 'Stored', schema: z.strictObject({ status: z.enum(['stored', 'repeated']) }) },
  },
  handle: async (request, { repositories, environment }) => {
    const webhook = readWebhook(request, environment.CARRIER_WEBHOOK_SECRET, shippingWebhook);
    request.note({ orderId: webhook.data.orderId, workflowId: webhook.data.orderId });
    return stored(
      await repositories.inbox.store({
        provider: 'shipping',
        messageId: webhook.id,
        orderId: webhook.data.orderId,
        // The booking is settled long before its parcel moves, so it says nothing about whether this is needed.
        operationKey: null,
        payload: webhook,
      }),
    );
  },
});
