/** How long an authorization can be captured: the same for all, but for orders for which the control interface says otherwise. */
import { z } from 'zod';
import type { Store } from '../shared/store.ts';

export const CAPTURE_WINDOW_SCHEMA = `
  CREATE TABLE IF NOT EXISTS capture_windows (
    order_id          TEXT PRIMARY KEY,
    capture_window_ms INTEGER NOT NULL,
    -- How many authorizations get it; -1: all
    times             INTEGER NOT NULL
  ) STRICT;
`;

/** The body of `PUT /control/capture-window`. */
export const captureWindowBody = z.strictObject({
  orderId: z.string().min(1).max(255),
  captureWindowMs: z.number().int().positive(),
  times: z.number().int().min(-1).default(-1),
});

export interface CaptureWindows {
  /** The window of an authorization that is being made now, milliseconds; counted as used. */
  take(orderId: string): number;
  /** For authorizations that are made from then on. */
  set(window: z.output<typeof captureWindowBody>): void;
}

/** @param usualMs for every order that has none of its own */
export function createCaptureWindows(store: Store, usualMs: number): CaptureWindows {
  const row = z.object({ capture_window_ms: z.number() });
  return {
    take: (orderId) =>
      store.first(
        row,
        `UPDATE capture_windows SET times = max(times - 1, -1) WHERE order_id = ? AND times <> 0 RETURNING capture_window_ms`,
        orderId,
      )?.capture_window_ms ?? usualMs,
    set: ({ orderId, captureWindowMs, times }) => {
      store.run(
        `INSERT INTO capture_windows (order_id, capture_window_ms, times) VALUES (?, ?, ?)
         ON CONFLICT (order_id) DO UPDATE SET capture_window_ms = excluded.capture_window_ms, times = excluded.times`,
        orderId,
        captureWindowMs,
        times,
      );
    },
  };
}
