/** Holds every answer that a test gets against the OpenAPI document, so that the document cannot say something else. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
export interface OpenApiPaths {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface ObservedAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** @returns a check that throws when an answer is not one that the document describes */
export function createDocumentCheck(document: OpenApiPaths): (answer: ObservedAnswer) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, 'api');
  const validators = new Map<string, ValidateFunction>();
  return ({ method: sentMethod, path, status, contentType, text }) => {
    // Every address that takes GET takes HEAD, so the document does not repeat it.
    const method = sentMethod === 'HEAD' ? 'GET' : sentMethod;
    const template = templateOf(document, path);
    const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
    // What no endpoint answers (unknown addresses, other methods) has no place in the document.
    if (template === undefined || operation === undefined) {
      if (status !== 404 && status !== 405 && status !== 204)
        throw new Error(`${method} ${path} answered ${status} and is not in the document`);
      return;
    }
    const where = `${method} ${template} ${status}`;
    const described = operation.responses[String(status)];
    if (described === undefined) throw new Error(`${where} is not in the document: ${text.slice(0, 500)}`);
    const mediaType = contentType.split(';')[0] ?? '';
    if (text === '') return;
    if (described.content?.[mediaType] === undefined)
      throw new Error(`${where} as ${mediaType || 'nothing'} is not in the document`);
    if (!mediaType.endsWith('json') || template === '/openapi.json') return;
    const parts = [
      'paths',
      template,
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      mediaType,
    ];
    const pointer = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const reference = `api#/${pointer.join('/')}/schema`;
    const validate = validators.get(reference) ?? ajv.compile({ $ref: reference });
    validators.set(reference, validate);
    if (!validate(JSON.parse(text)))
      throw new Error(
        `${where} is not as described: ${ajv.errorsText(validate.errors)}\n${text.slice(0, 500)}`,
      );
  };
}

/** The path of the document that an address belongs to; fixed parts go before placeholders. */
function templateOf(document: OpenApiPaths, path: string): string | undefined {
  const parts = path.split('?')[0]?.split('/') ?? [];
  const matching = Object.keys(document.paths).filter((template) => {
    const expected = template.split('/');
    return (
      expected.length === parts.length &&
      expected.every((part, index) => part === parts[index] || /^\{\w+\}$/.test(part))
    );
  });
  return matching.sort((a, b) => a.split('{').length - b.split('{').length)[0];
}
