/** Times as people read them, in their own zone; the whole instant stands in the title of the element. */
const SECOND_MS = 1_000;
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', SECOND_MS],
] as const;

/** A length of time by its two largest units: `2 h 5 min`, `40 s`, `350 ms`. */
export function durationText(ms: number): string {
  const length = Math.abs(ms);
  if (length < SECOND_MS) return `${Math.round(length)} ms`;
  const first = UNITS.findIndex(([, unitMs]) => length >= unitMs);
  const [unit, unitMs] = UNITS[first] ?? UNITS[3];
  const whole = Math.floor(length / unitMs);
  const smaller = UNITS[first + 1];
  const rest = smaller === undefined ? 0 : Math.floor((length - whole * unitMs) / smaller[1]);
  return rest === 0 || smaller === undefined ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller[0]}`;
}

/** `3 min ago`, `in 2 h 5 min`, `now`. */
export function agoText(instant: string, nowMs: number): string {
  const ms = nowMs - Date.parse(instant);
  if (Math.abs(ms) < SECOND_MS) return 'now';
  return ms > 0 ? `${durationText(ms)} ago` : `in ${durationText(ms)}`;
}

/** `29 Nov, 10:14:03`, with the year when it is another one. */
export function instantText(instant: string, nowMs: number): string {
  const time = new Date(instant);
  const isThisYear = time.getFullYear() === new Date(nowMs).getFullYear();
  return time.toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}
