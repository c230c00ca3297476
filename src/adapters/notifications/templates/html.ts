/** HTML that is escaped unless it says that it is HTML already. */
export class Html {
  readonly #markup: string;
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

type Part = string | number | Html | readonly Html[];

/** Tag of a template: every value in it is escaped, except what is {@link Html}. */
export function html(markup: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(
    markup.reduce((text, part, index) => {
      const value = values[index - 1];
      return text + (value === undefined ? '' : render(value)) + part;
    }),
  );
}

function render(value: Part): string {
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.join('');
  return escapeHtml(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The text as HTML that shows it, within an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
