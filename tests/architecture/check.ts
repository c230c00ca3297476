/** Holds a tree of files against the rules. */
import { globSync, readFileSync, existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join, matchesGlob, posix } from 'node:path';
import {
  FILE_ROLES,
  LAYERS,
  MOST_LINES_IN_A_FILE,
  UNDO_OF,
  USAGE_RULES,
  type Layer,
  type UsageRule,
} from './rules.ts';
import { readSource, type Import, type SourceFile, type Use } from './source-file.ts';

export interface Violation {
  /** Path from the root of the tree. */
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

const SOURCES = [
  'src/**/*.ts',
  'db/**/*.ts',
  'simulators/**/*.ts',
  'embedded/**/*.ts',
  'console/**/*.ts',
  'console/**/*.tsx',
];

/** Every file that the rules are about. Tests may reach for whatever they test. */
export function sourceFiles(root: string): string[] {
  return SOURCES.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts'))
    .sort();
}

/** Which packages the project has; what runs in production comes from `dependencies`. */
export interface Packages {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** All violations in the tree, by file and line. */
export function checkTree(root: string, packages: Packages): Violation[] {
  const files = sourceFiles(root).map((file) => ({
    file,
    source: readSource(readFileSync(join(root, file), 'utf8'), file.endsWith('.tsx')),
  }));
  return [
    ...files.flatMap(({ file, source }) => checkFile(root, packages, file, source)),
    ...importCycles(new Map(files.map(({ file, source }) => [file, valueImports(file, source)]))),
  ]
    .filter((one, index, all) => index === all.findIndex((other) => isSame(one, other)))
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function isSame(one: Violation, other: Violation): boolean {
  return one.file === other.file && one.line === other.line && one.rule === other.rule;
}

function checkFile(root: string, packages: Packages, file: string, source: SourceFile): Violation[] {
  const violation = (line: number, rule: string, message: string): Violation => ({
    file,
    line,
    rule,
    message,
  });
  const layer = LAYERS.find((one) => matchesAny(file, one.files));
  if (!layer) return [violation(1, 'layer', 'belongs to no layer of tests/architecture/rules.ts')];
  return [
    ...source.imports.flatMap((found) => {
      const forbidden = layerProblem(file, layer, found);
      const unavailable = availabilityProblem(root, packages, file, found);
      return [
        ...(forbidden === undefined ? [] : [violation(found.line, `imports of ${layer.name}`, forbidden)]),
        ...(unavailable === undefined ? [] : [violation(found.line, 'availability', unavailable)]),
      ];
    }),
    ...USAGE_RULES.filter((rule) => matchesAny(file, rule.files) && !matchesAny(file, rule.except)).flatMap(
      (rule) =>
        source.uses
          .filter((use) => isForbidden(rule, use))
          .map((use) => violation(use.line, rule.name, `${use.name.trim().slice(0, 40)}: ${rule.because}`)),
    ),
    ...nameProblems(file).map((message) => violation(1, 'file-name', message)),
    ...undoProblems(file, source).map((message) => violation(1, 'do-and-undo', message)),
    ...(source.lineCount > MOST_LINES_IN_A_FILE
      ? [violation(MOST_LINES_IN_A_FILE, 'file-length', `has ${source.lineCount} lines; split it`)]
      : []),
  ];
}

function layerProblem(file: string, layer: Layer, found: Import): string | undefined {
  const target = targetOf(file, found.specifier);
  if (matchesAny(target, layer.values)) return undefined;
  if (found.typeOnly && matchesAny(target, layer.types)) return undefined;
  const how = matchesAny(target, layer.types) ? ' as a value' : '';
  return `${layer.name} may not import ${target}${how}: ${layer.because}`;
}

/** What is imported must be there, on a machine that has `dependencies` only. */
function availabilityProblem(
  root: string,
  packages: Packages,
  file: string,
  found: Import,
): string | undefined {
  const target = targetOf(file, found.specifier);
  if (target.startsWith('node:')) return undefined;
  if (!target.startsWith('npm:')) {
    return existsSync(join(root, target))
      ? undefined
      : `${found.specifier} does not exist; imports end in .ts`;
  }
  const name = target.slice('npm:'.length);
  const inProduction = file.startsWith('src/') || file.startsWith('db/');
  const { dependencies, devDependencies } = packages;
  if (name in dependencies) return undefined;
  if (found.typeOnly || !inProduction) {
    return name in devDependencies || `@types/${name}` in devDependencies
      ? undefined
      : `${name} is not in package.json`;
  }
  return `${name} is not among the dependencies in package.json`;
}

/** A path from the root, `npm:<package>` or `node:<module>`. */
function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file), specifier));
  if (specifier.startsWith('node:')) return specifier;
  if (builtinModules.includes(specifier)) return `node:${specifier}`;
  const parts = specifier.split('/');
  return `npm:${specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]}`;
}

function valueImports(file: string, source: SourceFile): { target: string; line: number }[] {
  return source.imports
    .filter((found) => !found.typeOnly && found.specifier.startsWith('.'))
    .map((found) => ({ target: targetOf(file, found.specifier), line: found.line }));
}

/** Each cycle once, reported where its first file imports the next one. */
function importCycles(graph: ReadonlyMap<string, readonly { target: string; line: number }[]>): Violation[] {
  const finished = new Set<string>();
  const violations: Violation[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    for (const { target, line } of graph.get(file) ?? []) {
      if (path.includes(target)) {
        const cycle = [...path.slice(path.indexOf(target)), target];
        violations.push({ file, line, rule: 'cycle', message: cycle.join(' → ') });
      } else if (!finished.has(target)) visit(target, [...path, target]);
    }
    finished.add(file);
  };
  for (const file of graph.keys()) if (!finished.has(file)) visit(file, [file]);
  return violations;
}

function isForbidden(rule: UsageRule, use: Use): boolean {
  switch (use.kind) {
    case 'global':
      return rule.globals?.includes(use.name) ?? false;
    case 'global member':
      return rule.globalMembers?.includes(use.name) ?? false;
    case 'empty constructor':
      return rule.emptyConstructors?.includes(use.name) ?? false;
    case 'member':
      return rule.members?.includes(use.name) ?? false;
    case 'text':
      return rule.text?.test(use.name) ?? false;
  }
}

function nameProblems(file: string): string[] {
  const [name = '', ...suffixes] = basename(file)
    .replace(/\.tsx?$/, '')
    .split('.');
  const problems: string[] = [];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) problems.push(`"${name}" is not kebab-case`);
  if (suffixes.length > 1) problems.push(`has more than one suffix: .${suffixes.join('.')}`);
  for (const suffix of suffixes) {
    const places = FILE_ROLES[suffix];
    if (!places) problems.push(`.${suffix} is none of .${Object.keys(FILE_ROLES).join(' .')}`);
    else if (!matchesAny(file, places)) problems.push(`.${suffix} files live in ${places.join(', ')}`);
  }
  return problems;
}

function undoProblems(file: string, source: SourceFile): string[] {
  const verb = basename(file).split('-')[0] ?? '';
  const antonym = UNDO_OF[verb];
  if (antonym === undefined || !file.endsWith('.activity.ts') || !file.startsWith('src/activities/'))
    return [];
  return [verb, antonym]
    .filter((word) => !source.exports.some((name) => name.startsWith(word)))
    .map(
      (word) => `exports nothing that begins with "${word}": a step and its undo face each other in one file`,
    );
}

function matchesAny(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(path, pattern));
}

/** Where the project is. */
export const PROJECT = dirname(dirname(import.meta.dirname));
