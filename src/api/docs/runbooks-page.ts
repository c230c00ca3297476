/** The runbooks for people: docs/runbooks in the repository, /docs/runbooks where the service runs. */
import { adviceText } from '../../domain/operations/advice.ts';
import { ATTENTION, SEVERITIES, type Severity } from '../../domain/operations/attention-catalogue.ts';
import { RUNBOOKS } from '../../domain/operations/runbooks/index.ts';
import { OWNER_WORDS } from '../../domain/operations/waiting-words.ts';
import { ATTENTION_MESSAGES, type AttentionCode } from '../../domain/orders/attention.ts';
import { toHtml } from './text-to-html.ts';

const CODES = Object.keys(ATTENTION_MESSAGES) as AttentionCode[];

const INTRODUCTION =
  'An order that needs a person carries a code. `npm run saga -- attention list` shows all of them, the worst first, and ' +
  '`npm run saga -- orders explain ORDER` says of one order what is wrong, when it goes on by itself, and what can be done. ' +
  'These pages say of each code what it means, how it comes about, what to look at, what to do step by step, and how one sees ' +
  'that it is over. They are made from the catalogue of the service by `node src/api/docs/runbooks-page.main.ts`.';

interface Part {
  readonly title: string;
  readonly paragraph?: string;
  readonly list?: readonly string[];
  readonly isOrdered?: boolean;
}

/** What a page says of a code, whatever it is written in. */
function partsOf(code: AttentionCode): readonly Part[] {
  const { causes, look, steps, over } = RUNBOOKS[code];
  const { actions, clearsByItself } = ATTENTION[code];
  const can = actions.map(adviceText).join(', ');
  return [
    { title: 'What it means', paragraph: ATTENTION_MESSAGES[code] },
    { title: 'How it comes about', paragraph: causes },
    { title: 'What to look at', list: look },
    { title: 'What to do', list: steps, isOrdered: true },
    ...(can === '' ? [] : [{ title: 'Actions that can help', paragraph: `${sentence(can)}` }]),
    {
      title: 'How you see that it is over',
      paragraph: clearsByItself ? over : `${over} It stays until somebody has acted.`,
    },
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** How bad it is, who has to move, and by when. */
function urgencyOf(code: AttentionCode): string {
  const { severity, owner, actWithinMs } = ATTENTION[code];
  const hours = actWithinMs / 3_600_000;
  const within =
    hours === 1 ? 'an hour' : hours === 24 ? 'a day' : hours > 24 ? `${hours / 24} days` : `${hours} hours`;
  return `${sentence(severity).slice(0, -1)}: ${OWNER_WORDS[owner]} should act within ${within}.`;
}

/** The name of a code's page. */
export function runbookFile(code: AttentionCode): string {
  return `${code.toLowerCase().replaceAll('_', '-')}.md`;
}

/** The text of a code's page. */
export function renderRunbookMarkdown(code: AttentionCode): string {
  const parts = partsOf(code).map(({ title, paragraph, list, isOrdered }) => {
    const items = (list ?? []).map((item, index) => `${isOrdered === true ? `${index + 1}.` : '-'} ${item}`);
    return [`## ${title}`, paragraph ?? items.join('\n')].join('\n\n');
  });
  return `# ${code}\n\n${urgencyOf(code)}\n\n${parts.join('\n\n')}\n`;
}

/** The text of docs/runbooks/README.md. */
export function renderRunbookIndex(): string {
  const groups = SEVERITIES.map((severity) => {
    const lines = codesOf(severity).map(
      (code) => `- [${code}](${runbookFile(code)}): ${ATTENTION_MESSAGES[code]}`,
    );
    return [`## ${sentence(severity).slice(0, -1)}`, lines.join('\n')].join('\n\n');
  });
  return `# Runbooks\n\n${INTRODUCTION}\n\n${groups.join('\n\n')}\n`;
}

function codesOf(severity: Severity): readonly AttentionCode[] {
  return CODES.filter((code) => ATTENTION[code].severity === severity);
}

/** All of them as one page, with an anchor for each code. */
export function renderRunbooksHtml(): string {
  const sections = SEVERITIES.flatMap(codesOf).map((code) => {
    const parts = partsOf(code).map(({ title, paragraph, list, isOrdered }) => {
      const tag = isOrdered === true ? 'ol' : 'ul';
      const items = (list ?? []).map((item) => `<li>${toHtml(item)}</li>`).join('');
      return `<h3>${title}</h3>${paragraph === undefined ? `<${tag}>${items}</${tag}>` : `<p>${toHtml(paragraph)}</p>`}`;
    });
    return `<section id="${code}"><h2>${code}</h2><p>${toHtml(urgencyOf(code))}</p>${parts.join('')}</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runbooks · order-saga</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font: 600 1.1rem/1.4 ui-monospace, monospace; margin: 2.5rem 0 0.25rem; }
h3 { font-size: 1rem; margin: 1rem 0 0; }
section:target { outline: 2px solid currentcolor; outline-offset: 0.75rem; }
p, ul, ol { margin: 0.25rem 0; }
code { overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>Runbooks</h1>
<p>${toHtml(INTRODUCTION)}</p>
${sections.join('\n')}
</body>
</html>
`;
}

/** Every page of docs/runbooks, by the name of its file. */
export function runbookPages(): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', renderRunbookIndex()],
    ...CODES.map((code) => [runbookFile(code), renderRunbookMarkdown(code)] as const),
  ]);
}
