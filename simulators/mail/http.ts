/** The HTTP side of the mail sink: the mails as JSON, and a page that shows them. */
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { z } from 'zod';
import type { Logger } from '../../src/config/logger.ts';
import { addErrorHandling, ApiError, createApp } from '../shared/http.ts';
import type { MailStore } from './mail-store.ts';

const PAGE_FOLDER = fileURLToPath(new URL('page/', import.meta.url));
/** How many mails the page lists. */
const OVERVIEW_LIMIT = 500;
/** A mail is shown in a frame that inherits this: nothing is fetched from anywhere, and no script of a mail runs. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const listQuery = z.strictObject({
  to: z.string().min(1).optional(),
  messageId: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export function createMailApp(store: MailStore, logger: Logger): Express {
  const app = createApp();
  app.use((_request, response, next) => {
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  app.get('/api/messages', (request, response) => {
    response.json({ items: store.list(listQuery.parse(request.query)) });
  });
  app.get('/api/messages/:id', (request, response) => {
    const { id } = z.object({ id: z.coerce.number().int() }).parse(request.params);
    const mail = store.byId(id);
    if (!mail) throw new ApiError(404, 'message_not_found', 'No mail has this id');
    response.json(mail);
  });
  app.get('/api/overview', (_request, response) => {
    response.json(store.overview(OVERVIEW_LIMIT));
  });
  app.use(express.static(PAGE_FOLDER));
  addErrorHandling(app, logger);
  return app;
}
