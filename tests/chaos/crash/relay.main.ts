/** The relay, which can be stopped before and after it hands something on. */
import { runRelay } from '../../../src/workers/run-relay.ts';
import { connectToCampaign } from './reach-point.ts';

const reach = connectToCampaign();
/** Whose webhook it is; settling one names only the webhook. */
const orderIdByMessage = new Map<string, string>();

await runRelay(({ outbox, publisher, inbox, signalOrder }) => ({
  outbox: {
    lease: (input) => outbox.lease(input),
    settle: async (input) => {
      await outbox.settle(input);
      await reach('publishEvents', 'after', [...new Set(input.published.map(({ orderId }) => orderId))]);
    },
    lag: () => outbox.lag(),
  },
  publisher: {
    publish: async (events, signal) => {
      await reach('publishEvents', 'before', [...new Set(events.map(({ subject }) => subject))]);
      const result = await publisher.publish(events, signal);
      const published = events.filter(({ id }) => result.publishedIds.has(id));
      await reach('publishEvents', 'publisher.publish', [
        ...new Set(published.map(({ subject }) => subject)),
      ]);
      return result;
    },
    close: () => publisher.close(),
  },
  inbox: {
    store: (message) => inbox.store(message),
    lease: async (input) => {
      const messages = await inbox.lease(input);
      for (const { messageId, orderId } of messages) orderIdByMessage.set(messageId, orderId);
      return messages;
    },
    settle: async (message) => {
      await inbox.settle(message);
      const orderId = orderIdByMessage.get(message.messageId);
      if (message.state === 'delivered' && orderId !== undefined)
        await reach('deliverWebhook', 'after', [orderId]);
    },
    retryLater: (message) => inbox.retryLater(message),
    lag: () => inbox.lag(),
  },
  signalOrder: async (orderId, signal) => {
    await reach('deliverWebhook', 'before', [orderId]);
    const outcome = await signalOrder(orderId, signal);
    if (outcome === 'delivered') await reach('deliverWebhook', 'temporal.signal', [orderId]);
    return outcome;
  },
}));
