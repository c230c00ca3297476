/** Checks over a list of another system, which may be longer than what a process can keep. */
import type { Check, Finding, Look, System, World } from '../check.ts';

/** A check over a list that is read a page at a time. */
export interface ListCheck<Item> extends Pick<Check, 'invariant' | 'name'> {
  lookThrough(world: World): ListLook<Item>;
}

/** One look through a list, from its beginning to its end. */
export interface ListLook<Item> {
  /** Called with every page, in the order of the list. @returns how many of its items were held against the check */
  page(items: readonly Item[]): Promise<number>;
  /** What was found, once the list is at its end. */
  end(): Promise<readonly Finding[]>;
}

/**
 * Makes checks of these: the list is read once for all of them and for every look, and none of it is kept.
 * @param pagesOf reads the list of the system
 */
export function listChecks<Item>(
  system: System,
  pagesOf: (world: World) => AsyncIterable<readonly Item[]>,
  checks: readonly ListCheck<Item>[],
): readonly Check[] {
  const passes = new WeakMap<World, Promise<readonly Look[]>>();
  const passOf = (world: World): Promise<readonly Look[]> => {
    const pass = passes.get(world) ?? readThrough(pagesOf(world), checks, world);
    passes.set(world, pass);
    return pass;
  };
  return checks.map(({ invariant, name }, index) => ({
    invariant,
    name,
    needs: [system],
    settles: true,
    async look(world) {
      const pass = (await passOf(world))[index];
      if (pass === undefined) throw new Error(`The list was read without "${name}"`);
      return pass;
    },
  }));
}

async function readThrough<Item>(
  pages: AsyncIterable<readonly Item[]>,
  checks: readonly ListCheck<Item>[],
  world: World,
): Promise<readonly Look[]> {
  const looks = checks.map((check) => ({ look: check.lookThrough(world), checked: 0 }));
  for await (const items of pages) for (const each of looks) each.checked += await each.look.page(items);
  const passes: Look[] = [];
  for (const { look, checked } of looks) passes.push({ checked, findings: await look.end() });
  return passes;
}
