/** The number that an option of a soak gives; what is none, or below `least`, is told. */
export function numberOption(name: string, text: string | undefined, least: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new Error(`--${name} ${text}: a number from ${least} on is expected`);
}
