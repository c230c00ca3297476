/** From an answer to bytes on the wire. */
import type { Response } from 'express';
import type { Answer } from './endpoint.ts';

export interface SendableAnswer {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** The answer with its body as text or bytes, and the content type that belongs to it. */
export function toSendable(answer: Answer): SendableAnswer {
  const { httpStatus, headers = {}, body } = answer;
  if (body === undefined) return { httpStatus, headers, body: '' };
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { httpStatus, headers, body };
  return {
    httpStatus,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** Sends it; nothing when the answer has begun already, for example because a deadline was answered first. */
export function send(response: Response, answer: Answer): void {
  if (response.headersSent) return;
  const { httpStatus, headers, body } = toSendable(answer);
  response.status(httpStatus);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body.length === 0) {
    response.end();
    return;
  }
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
