const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A span in its two largest units. Shape: "420ms", "12s", "3m 12s", "3h 12m", "5d 3h" */
export function humanizeMs(ms: number): string {
  if (ms < 0) return '0s';
  if (ms < second) return `${Math.floor(ms)}ms`;
  if (ms < minute) return `${Math.floor(ms / second)}s`;
  if (ms < hour) return two(ms, minute, 'm', second, 's');
  if (ms < day) return two(ms, hour, 'h', minute, 'm');
  return two(ms, day, 'd', hour, 'h');
}

function two(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeUnit}${rest === 0 ? '' : ` ${rest}${smallUnit}`}`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A size in the largest unit that leaves a whole number of it. Shape: "512 B", "1.5 KiB", "128 MiB" */
export function humanizeBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // Rounding must not give "1024 KiB".
  while (value >= 1_023.5 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Of one core. Shape: "0%", "0.4%", "12%", "230%" */
export function humanizePercent(percent: number): string {
  if (percent < 0.05) return '0%';
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)}%`;
}
