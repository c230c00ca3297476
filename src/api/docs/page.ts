/** What the pages of the service share. */
export const HTML = 'text/html; charset=utf-8';

/** Scripts, styles and data come from this service only. Scalar sets styles on elements, which needs 'unsafe-inline'. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
