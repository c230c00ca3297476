/** The control interface of both providers: faults, what was really done, and how webhooks are delivered. */
import { Router } from 'express';
import { z } from 'zod';
import { faultRulesSchema } from './faults.ts';
import type { EndpointTools } from './operation-endpoint.ts';
import type { Operations } from './provider-store.ts';
import { webhookModeSchema } from './webhooks.ts';

const ofOrder = z.strictObject({ orderId: z.string().min(1).optional() });

/** @param operationNames the operations that a rule can name, besides `lookup`, `list` and `*` */
export function controlRoutes(
  tools: EndpointTools & { readonly operations: Operations },
  operationNames: readonly string[],
): Router {
  const { faults, operations, silence, webhooks } = tools;
  const rulesBody = faultRulesSchema(operationNames);
  const router = Router();
  const faultStatus = () => ({ rules: faults.list(), hangingRequests: silence.hanging() });

  router.get('/faults', (_request, response) => {
    response.json(faultStatus());
  });
  router.put('/faults', (request, response) => {
    faults.replace(rulesBody.parse(request.body).rules);
    response.json(faultStatus());
  });
  router.post('/faults', (request, response) => {
    faults.add(rulesBody.parse(request.body).rules);
    response.json(faultStatus());
  });
  router.delete('/faults', (request, response) => {
    const { orderId } = ofOrder.parse(request.query);
    faults.lift(orderId);
    silence.lift(orderId);
    response.json(faultStatus());
  });

  router.get('/operations', (request, response) => {
    const { orderId } = ofOrder.parse(request.query);
    response.json(
      operations.ofOrder(orderId).map(({ detail, parentKey, ...operation }) => ({
        ...operation,
        ...(parentKey === null ? {} : { parentKey }),
        ...detail,
      })),
    );
  });

  router.get('/webhooks', (_request, response) => {
    response.json(webhooks.status());
  });
  router.put('/webhooks', (request, response) => {
    webhooks.setMode(webhookModeSchema.parse(request.body));
    response.json(webhooks.status());
  });
  router.post('/webhooks/release', (request, response) => {
    const { orderId } = ofOrder.parse(request.body ?? {});
    response.json({ released: webhooks.release(orderId) });
  });
  return router;
}

/** `cursor` and `limit` of a list. */
export const pageQuery = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a nextCursor of an earlier answer')
    .transform(Number)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
