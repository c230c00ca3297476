/** Cross-origin calls are for the Temporal Web UI alone, which decodes payloads from its own origin. */
import type { Request, Response } from 'express';

/** The origin of an address and its twin, because people type both `localhost` and `127.0.0.1`. */
export function allowedOrigins(uiUrl: string): ReadonlySet<string> {
  const url = new URL(uiUrl);
  const origins = new Set([url.origin]);
  const twin = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }[url.hostname];
  if (twin !== undefined) {
    url.hostname = twin;
    origins.add(url.origin);
  }
  return origins;
}

/** Sets the headers that let a page of an allowed origin read the answer; sets none for others. */
export function allowOrigin(request: Request, response: Response, origins: ReadonlySet<string>): void {
  response.vary('Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.has(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  if (request.method !== 'OPTIONS') return;
  response.setHeader('Access-Control-Allow-Methods', 'POST');
  response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Namespace');
  response.setHeader('Access-Control-Max-Age', '600');
}
