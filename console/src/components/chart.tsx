/** Lines over time, by uPlot. The numbers of the last moment stand beside it as text, for who cannot see the lines. */
import { useEffect, useRef } from 'preact/hooks';
import UPlot, { type AlignedData, type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  readonly title: string;
  /** A variable of the style, so that it fits light and dark. */
  readonly colour: `--${string}`;
}

export interface ChartProps {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** For each series a value a time; null where there is none. */
  readonly values: readonly (readonly (number | null)[])[];
}

const HEIGHT = 180;

export function Chart({ times, series, values }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const data = toData(times, values);
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsOf(series, element), latest.current, element);
    };
    draw();
    const resize = new ResizeObserver(() => plot.current?.setSize(sizeOf(element)));
    resize.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    globalThis.addEventListener('themechange', draw);
    return () => {
      resize.disconnect();
      scheme.removeEventListener('change', draw);
      globalThis.removeEventListener('themechange', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [series]);

  useEffect(() => {
    plot.current?.setData(data);
  });

  return (
    <>
      <div class="chart" ref={place} aria-hidden="true" />
      <p class="legend">
        {series.map(({ title }, index) => (
          <span key={title} class={`legend-${series[index]?.colour.slice(2) ?? ''}`}>
            {title}: {values[index]?.at(-1) ?? '–'}
          </span>
        ))}
      </p>
    </>
  );
}

function toData(times: ChartProps['times'], values: ChartProps['values']): AlignedData {
  return [[...times], ...values.map((line) => [...line])];
}

function sizeOf(element: HTMLElement): { readonly width: number; readonly height: number } {
  return { width: element.clientWidth, height: HEIGHT };
}

function optionsOf(series: readonly Series[], element: HTMLElement): Options {
  // A canvas takes a colour only as it is in the end: that of a text which has it.
  const colourOf = (name: string): string => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  const axis = {
    stroke: colourOf('--chart-text'),
    grid: { stroke: colourOf('--chart-grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.1)] } },
    axes: [
      { ...axis, space: 80, size: 28, values: '{HH}:{mm}:{ss}' },
      { ...axis, size: 52 },
    ],
    series: [
      {},
      ...series.map(({ title, colour }) => ({
        label: title,
        stroke: colourOf(colour),
        width: 2,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}
