// Times as text, and where the lines of the time axis are.

const UNITS = [
  ["d", 86400e9], ["h", 3600e9], ["min", 60e9], ["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1],
];

/** A length of time in three digits: "12.3 ms", "2 h 5 min". */
function lengthText(nanos) {
  if (nanos === 0) return "0";
  const index = UNITS.findIndex(([, unit]) => nanos >= unit);
  const [name, unit] = UNITS[index < 0 ? UNITS.length - 1 : index];
  if (unit >= 60e9) {
    const [smaller, part] = UNITS[index + 1];
    const rest = Math.floor((nanos % unit) / part);
    return `${Math.floor(nanos / unit)} ${name}${rest ? ` ${rest} ${smaller}` : ""}`;
  }
  const value = nanos / unit;
  const decimals = unit === 1 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(decimals)} ${name}`;
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((n) => [n, n * 1e3, n * 1e6])
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
    172800, 432000, 864000, 2592000].map((s) => s * 1e9))
  .sort((a, b) => a - b);

/** The distance of lines so that they are at least so many nanoseconds apart. */
function tickStep(atLeast) {
  return STEPS.find((step) => step >= atLeast) ?? STEPS[STEPS.length - 1];
}

/** A point in time for a line of the axis: as exact as the distance of the lines. */
function tickText(nanos, step) {
  if (step >= 60e9) return lengthText(nanos);
  const [name, unit] = UNITS.find(([, u]) => step >= u);
  if (nanos < 1000 * unit) return `${Math.round(nanos / unit)} ${name}`;
  const seconds = nanos / 1e9;
  const decimals = Math.max(0, -Math.floor(Math.log10(step / 1e9) + 1e-9));
  const minutes = Math.floor(seconds / 60);
  const text = (seconds - minutes * 60).toFixed(decimals);
  return minutes ? `${minutes}:${text.padStart(decimals ? decimals + 3 : 2, "0")}` : `${text} s`;
}

function countText(number) {
  return number.toLocaleString("en-US");
}
