/** Where the processor time of our programs goes, from the profiles that Node writes and from what Linux counts by thread. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds by what they were spent in. */
export type Shares = ReadonlyMap<string, number>;

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Self time by package or by folder of ours, of all threads of a program that wrote profiles into the directory. */
export function selfTimeByPlace(directory: string): Shares {
  const shares = new Map<string, number>();
  for (const file of readdirSync(directory)) {
    const profile = JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile;
    const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
    for (const [index, id] of profile.samples.entries()) {
      const place = places.get(id) ?? 'unknown';
      shares.set(place, (shares.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
    }
  }
  return shares;
}

/** Idle time and the functions of the runtime itself have no file. */
function placeOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'built-in functions';
  if (url.startsWith('node:')) return `node:${url.slice('node:'.length).split('/').slice(0, 2).join('/')}`;
  const inModules = url.lastIndexOf('/node_modules/');
  if (inModules >= 0) {
    const parts = url.slice(inModules + '/node_modules/'.length).split('/');
    return parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1).join('/');
  }
  const ours = /\/(?:src|db)\/(?:[^/]+\/)?/.exec(url);
  return ours ? `ours: ${ours[0].slice(1)}` : 'workflow sandbox and the rest';
}

/** See proc_pid_stat(5). The name of a thread tells whose it is: `tokio…` are Temporal's core, `node` is JavaScript. */
export function timeByThread(pid: number): Shares {
  const shares = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')).replace(/[-\d]+$/, '');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ms = ((fields[11] ?? 0) + (fields[12] ?? 0)) * 10;
    const label = thread === String(pid) ? 'main thread' : name;
    shares.set(label, (shares.get(label) ?? 0) + ms);
  }
  return shares;
}
