/** The catalogue of errors for people: docs/errors.md in the repository, /docs/errors where the service runs. */
import { ERRORS, type ErrorDefinition } from '../../domain/errors.ts';
import { toHtml } from './text-to-html.ts';

const INTRODUCTION =
  'Every error is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `code`, `detail` and `requestId`; ' +
  'for bad input also `errors`, which names every bad field at once. `type` is the address of the section below. ' +
  'A retryable error can go away without anybody changing the request: send it again, with the same `Idempotency-Key`.';

/** The text of docs/errors.md. */
export function renderErrorsMarkdown(): string {
  const sections = Object.entries<ErrorDefinition>(ERRORS).map(([code, definition]) =>
    [
      `## ${code}`,
      `${definition.title}. HTTP ${definition.httpStatus}, ${definition.retryable ? 'retryable' : 'not retryable'}.`,
      definition.remedy,
    ].join('\n\n'),
  );
  return `# Errors\n\n${INTRODUCTION}\n\n${sections.join('\n\n')}\n`;
}

/** The same as a page, with an anchor for each code. */
export function renderErrorsHtml(): string {
  const sections = Object.entries<ErrorDefinition>(ERRORS).map(
    ([code, definition]) =>
      `<section id="${code}"><h2>${code}</h2>` +
      `<p>${toHtml(definition.title)}. HTTP ${definition.httpStatus}, ${definition.retryable ? 'retryable' : 'not retryable'}.</p>` +
      `<p>${toHtml(definition.remedy)}</p></section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors · order-saga</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font: 600 1.1rem/1.4 ui-monospace, monospace; margin: 2rem 0 0.25rem; }
section:target { outline: 2px solid currentcolor; outline-offset: 0.75rem; }
p { margin: 0.25rem 0; }
</style>
</head>
<body>
<h1>Errors</h1>
<p>${toHtml(INTRODUCTION)}</p>
${sections.join('\n')}
</body>
</html>
`;
}
