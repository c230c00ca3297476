/** The relay: events from the outbox to SNS, webhooks from the inbox to the workflows of their orders. */
import { runRelay } from './run-relay.ts';

await runRelay();
