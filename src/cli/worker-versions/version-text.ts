import { table } from '../output/table.ts';
import type { WorkerVersions } from './worker-deployment.ts';

/** The versions for people, and where new orders go. */
export function versionsText({ current, ramping, versions, withoutVersion }: WorkerVersions): string {
  const rows = versions.map((version) => [
    version.buildId,
    version.status,
    String(version.workers),
    String(version.openOrders),
    version.lastCurrentAt ?? '',
  ]);
  if (withoutVersion.workers > 0 || withoutVersion.openOrders > 0)
    rows.push(['(none)', '', String(withoutVersion.workers), String(withoutVersion.openOrders), '']);
  const list = table(
    [
      { title: 'Version' },
      { title: 'Status' },
      { title: 'Workers', align: 'right' },
      { title: 'Open orders', align: 'right' },
      { title: 'Last current since' },
    ],
    rows,
  );
  const others = ramping === null ? '' : `, ${ramping.percent} of 100 to version ${ramping.buildId}`;
  const whereTo = current === null ? 'workers without a version' : `version ${current}`;
  return `${rows.length === 0 ? 'There is no worker and no open order.' : list}\nNew orders go to ${whereTo}${others}.`;
}
