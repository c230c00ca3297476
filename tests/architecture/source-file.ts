/** What a TypeScript file imports, exports and uses, read from its syntax tree. */
import { parseSync } from '@swc/core';

export interface Import {
  readonly specifier: string;
  /** True for `import type`, `export type … from` and `import('…').T`: nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** A name that the file uses as a value. */
export interface Use {
  readonly kind: 'global' | 'global member' | 'empty constructor' | 'member' | 'text';
  readonly name: string;
  readonly line: number;
}

export interface SourceFile {
  readonly imports: readonly Import[];
  readonly exports: readonly string[];
  readonly uses: readonly Use[];
  readonly lineCount: number;
}

interface Node {
  readonly type: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [key: string]: unknown;
}

/** The parser marks names that are declared nowhere in the file with this number. */
const UNDECLARED = 1;
/** Appended to every file, so that its place says how offsets are counted: the parser starts at the first token. */
const SENTINEL = '\n;0';
const TYPE_NODES = [
  'TsTypeAnnotation',
  'TsTypeAliasDeclaration',
  'TsInterfaceDeclaration',
  'TsTypeParameterDeclaration',
];
const TYPE_NODES_WITH_VALUES = [
  'TsAsExpression',
  'TsNonNullExpression',
  'TsSatisfiesExpression',
  'TsConstAssertion',
  'TsTypeAssertion',
  'TsInstantiation',
  'TsParameterProperty',
  'TsEnumDeclaration',
  'TsModuleDeclaration',
  'TsExportAssignment',
];

/**
 * @param hasMarkup whether there is JSX in it
 * @throws when the text is not TypeScript
 */
export function readSource(text: string, hasMarkup = false): SourceFile {
  const bytes = Buffer.from(text + SENTINEL);
  const module = parseSync(text + SENTINEL, {
    syntax: 'typescript',
    tsx: hasMarkup,
    target: 'es2024',
  }) as unknown as Node;
  const base = (module.span?.end ?? 0) - bytes.length;
  const lineOf = (node: Node): number => {
    const offset = (node.span?.start ?? base) - base;
    let line = 1;
    for (let at = 0; at < offset; at += 1) if (bytes[at] === 0x0a) line += 1;
    return line;
  };

  const imports: Import[] = [];
  const exports: string[] = [];
  const uses: Use[] = [];
  for (const { node, inType } of walk(module, false)) {
    const found = importOf(node, inType);
    if (found) imports.push({ ...found, line: lineOf(node) });
    exports.push(...exportsOf(node));
    if (!inType) uses.push(...usesOf(node).map((use) => ({ ...use, line: lineOf(node) })));
  }
  return { imports, exports, uses, lineCount: text.split('\n').length };
}

function* walk(value: unknown, inType: boolean): Generator<{ node: Node; inType: boolean }> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item, inType);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const isNode = 'type' in value && typeof value.type === 'string';
  const isType = inType || (isNode && isTypeNode((value as Node).type));
  if (isNode) yield { node: value as Node, inType: isType };
  for (const [key, child] of Object.entries(value)) if (key !== 'span') yield* walk(child, isType);
}

function isTypeNode(type: string): boolean {
  return TYPE_NODES.includes(type) || (type.startsWith('Ts') && !TYPE_NODES_WITH_VALUES.includes(type));
}

function importOf(node: Node, inType: boolean): Omit<Import, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration': {
      const specifier = stringValue(node['source']);
      return specifier === undefined ? undefined : { specifier, typeOnly: node['typeOnly'] === true };
    }
    case 'TsImportType': {
      const specifier = stringValue(node['argument']);
      return specifier === undefined ? undefined : { specifier, typeOnly: true };
    }
    case 'TsExternalModuleReference': {
      const specifier = stringValue(node['expression']);
      return specifier === undefined ? undefined : { specifier, typeOnly: inType };
    }
    case 'CallExpression': {
      const callee = node['callee'] as Node;
      const isImport = callee.type === 'Import' || identifier(callee) === 'require';
      if (!isImport) return undefined;
      const [first] = node['arguments'] as readonly { expression: Node }[];
      const specifier = stringValue(first?.expression);
      // What cannot be read from the source could be anything, so it is reported as that.
      return { specifier: specifier ?? '<computed>', typeOnly: false };
    }
    default:
      return undefined;
  }
}

function exportsOf(node: Node): string[] {
  if (node.type === 'ExportDeclaration') {
    const declaration = node['declaration'] as Node;
    const single = identifier(declaration['identifier']);
    if (single !== undefined) return [single];
    const several = declaration['declarations'];
    if (!Array.isArray(several)) return [];
    return several.map((one: Node) => identifier(one['id'])).filter((name) => name !== undefined);
  }
  if (node.type === 'ExportSpecifier') {
    const name = identifier(node['exported']) ?? identifier(node['orig']);
    return name === undefined ? [] : [name];
  }
  return [];
}

function usesOf(node: Node): Omit<Use, 'line'>[] {
  switch (node.type) {
    case 'Identifier':
      return node['ctxt'] === UNDECLARED ? [{ kind: 'global', name: String(node['value']) }] : [];
    case 'MemberExpression': {
      const member = memberName(node['property']);
      if (member === undefined) return [];
      const object = node['object'] as Node;
      const owner =
        object.type === 'Identifier' && object['ctxt'] === UNDECLARED ? identifier(object) : undefined;
      const use: Omit<Use, 'line'> = { kind: 'member', name: member };
      return owner === undefined ? [use] : [use, { kind: 'global member', name: `${owner}.${member}` }];
    }
    case 'AssignmentPatternProperty':
    case 'KeyValuePatternProperty': {
      const member = identifier(node['key']) ?? stringValue(node['key']);
      return member === undefined ? [] : [{ kind: 'member', name: member }];
    }
    case 'NewExpression': {
      const name = identifier(node['callee']);
      const given = node['arguments'];
      const isEmpty = !Array.isArray(given) || given.length === 0;
      return name !== undefined && isEmpty ? [{ kind: 'empty constructor', name }] : [];
    }
    case 'StringLiteral':
      return [{ kind: 'text', name: String(node['value']) }];
    case 'TemplateElement':
      return [{ kind: 'text', name: String(node['raw']) }];
    default:
      return [];
  }
}

function memberName(property: unknown): string | undefined {
  const node = property as Node;
  return node.type === 'Computed' ? stringValue(node['expression']) : identifier(node);
}

function identifier(node: unknown): string | undefined {
  return isNodeOfType(node, 'Identifier') ? String(node['value']) : undefined;
}

function stringValue(node: unknown): string | undefined {
  return isNodeOfType(node, 'StringLiteral') ? String(node['value']) : undefined;
}

function isNodeOfType(value: unknown, type: string): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === type;
}
