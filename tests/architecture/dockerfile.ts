/** Reads a Dockerfile into its stages. */
import { readFileSync } from 'node:fs';

export interface Instruction {
  readonly name: string;
  readonly value: string;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export function readDockerfile(file: string): Stage[] {
  const text = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '');
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [name = '', ...rest] = line.split(' ');
    const value = rest.join(' ').trim();
    const from = /^(\S+) AS (\S+)$/.exec(value);
    if (name === 'FROM') {
      if (!from?.[1] || !from[2]) throw new Error(`Every stage has a name: ${line}`);
      stages.push({ name: from[2], from: from[1], instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`${line} stands before the first FROM`);
      stage.instructions.push({ name, value });
    }
  }
  return stages;
}

/** The instructions of a stage after those of every stage that it is built upon. */
export function inheritedInstructions(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((one) => one.name === name);
  if (!stage) return [];
  return [...inheritedInstructions(stages, stage.from), ...stage.instructions];
}

export function valuesOf(instructions: readonly Instruction[], name: string): string[] {
  return instructions.filter((one) => one.name === name).map((one) => one.value);
}
