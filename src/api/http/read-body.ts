/** Reads bodies: within their limit, as the bytes that came, and as JSON. */
import express, { type Request, type RequestHandler, type Response } from 'express';
import { CatalogueError } from '../../domain/errors.ts';
import { invalidRequest } from './errors.ts';

/** 1 MB is 1,048,576 bytes here; one byte more is refused. */
export const DEFAULT_BODY_LIMIT_BYTES = 1_048_576;

/**
 * The body as bytes.
 * @throws CatalogueError UNSUPPORTED_MEDIA_TYPE before anything is read; the reader's own error when it is too large
 */
export function readBody(limitBytes: number): (request: Request, response: Response) => Promise<Buffer> {
  const reader: RequestHandler = express.raw({ limit: limitBytes, type: () => true, inflate: false });
  return async (request, response) => {
    requireJsonContentType(request);
    await new Promise<void>((resolve, reject) => {
      void reader(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('The body could not be read'));
      });
    });
    const body: unknown = request.body;
    return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  };
}

function requireJsonContentType(request: Request): void {
  const values = request.headersDistinct['content-type'] ?? [];
  const [value = ''] = values;
  const [mediaType = '', ...parameters] = value.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (values.length !== 1 || mediaType !== 'application/json' || !isUtf8) {
    throw new CatalogueError('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json in UTF-8.');
  }
}

/**
 * Parses the bytes as JSON. Text that is not UTF-8 is refused instead of being repaired silently.
 * @throws CatalogueError INVALID_REQUEST, without the parser's message, which quotes the body
 */
export function parseJson(body: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return JSON.parse(text) as unknown;
  } catch {
    throw invalidRequest({
      pointer: '',
      message: body.length === 0 ? 'is required' : 'is not valid JSON in UTF-8',
    });
  }
}
