/** Figures as people write them in rules: `200ms`, `7d`, `0.5%`, `20MB`, `1e-4`. Each parser returns undefined for anything else. */

const msByUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const bytesByUnit: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

export const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/;
export const percentPattern = /^-?\d+(?:\.\d+)?%$/;
export const sizePattern = /^\d+(?:\.\d+)?(?:B|[kK]B|MB|GB|KiB|MiB|GiB)$/;
export const numberPattern = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

/** `1h30m` → 5,400,000 (milliseconds). */
export function parseDurationMs(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g);
  return parts.reduce((sum, [, figure, unit]) => sum + Number(figure) * (msByUnit[unit ?? ''] ?? NaN), 0);
}

/** `0.5%` → 0.005. */
export function parsePercent(text: string): number | undefined {
  if (!percentPattern.test(text)) return undefined;
  // Division of the decimal figure, not multiplication by 0.01: 7 * 0.01 is not 0.07.
  return Number(text.slice(0, -1)) / 100;
}

/** `20MB` → 20,000,000 (bytes). */
export function parseSizeBytes(text: string): number | undefined {
  if (!sizePattern.test(text)) return undefined;
  const [, figure, unit] = /^([\d.]+)([A-Za-z]+)$/.exec(text) ?? [];
  return Math.round(Number(figure) * (bytesByUnit[unit ?? ''] ?? NaN));
}

/** `1e-4` → 0.0001; PyYAML hands this one over as a string, hence a parser of our own. */
export function parseNumber(text: string): number | undefined {
  return numberPattern.test(text) ? Number(text) : undefined;
}

/** 90000 → `1m30s`; the inverse of `parseDurationMs` for whole milliseconds. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  const whole = Math.round(ms);
  if (whole === 0) return '0s';
  let rest = Math.abs(whole);
  let text = whole < 0 ? '-' : '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = msByUnit[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** 0.0123 → `1.2%`; two significant digits below 1 %, so that 0.05 % does not read as 0.1 %. */
export function formatPercent(ratio: number): string {
  if (!Number.isFinite(ratio)) return '?';
  const percent = ratio * 100;
  const magnitude = Math.abs(percent);
  if (magnitude === 0) return '0%';
  if (magnitude < 1) return `${Number(percent.toPrecision(2))}%`;
  return `${Number(percent.toFixed(magnitude < 10 ? 1 : 0))}%`;
}
