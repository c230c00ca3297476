/** The signals of a scorer, each with how far it pushes the score up or down. */
import type { FraudSignal } from '../api/operations.ts';
import { sentence } from '../format/words.ts';

/** Signals below it are only counted: they change nothing that is shown. */
const SMALLEST_SHARE = 0.005;
/** Half of the picture's width, in its own units. */
const HALF = 100;
const HEIGHT = 10;

export function SignalBars({ signals }: { readonly signals: readonly FraudSignal[] }) {
  const shown = signals
    .filter(({ share }) => Math.abs(share) >= SMALLEST_SHARE)
    .toSorted((one, other) => Math.abs(other.share) - Math.abs(one.share));
  const most = Math.max(...shown.map(({ share }) => Math.abs(share)), 0.1);
  const left = signals.length - shown.length;
  return (
    <>
      <ul class="signals">
        {shown.map(({ code, share, sentence: text }) => (
          <li key={code}>
            <span class="signal-name">{sentence(code)}</span>
            <Bar length={(HALF * share) / most} />
            <span class="signal-share">
              {share > 0 ? '+' : ''}
              {share.toFixed(2)}
            </span>
            <span class="signal-text muted">{text}</span>
          </li>
        ))}
      </ul>
      {left === 0 ? null : (
        <p class="muted">
          {left} {left === 1 ? 'signal' : 'signals'} of next to no weight.
        </p>
      )}
    </>
  );
}

/** To the right what speaks against the order, to the left what speaks for it. */
function Bar({ length }: { readonly length: number }) {
  return (
    <svg
      class={length > 0 ? 'bar-against' : 'bar-for'}
      viewBox={`${-HALF} 0 ${2 * HALF} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect x={-HALF} y={HEIGHT / 2 - 0.5} width={2 * HALF} height={1} class="bar-axis" />
      <rect x={Math.min(0, length)} y={0} width={Math.abs(length)} height={HEIGHT} />
    </svg>
  );
}
