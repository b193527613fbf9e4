/** The figures of Stoica et al., "Chord" (SIGCOMM 2001, ToN 2003), read off the plots: about half a per cent of the axis. */

/** Nodes -> mean path length to the key's predecessor, 1st and 99th percentile; successor list of one. */
export const PATH_LENGTHS: readonly (readonly [number, number, number, number])[] = [
  [8, 1.72, 1, 3],
  [16, 2.09, 1, 4],
  [32, 2.49, 1, 5],
  [64, 2.96, 1, 5],
  [128, 3.39, 1, 6],
  [256, 3.88, 1, 7],
  [512, 4.38, 1, 7],
  [1024, 4.89, 2, 8],
  [2048, 5.36, 2, 9],
  [4096, 5.85, 2, 10],
  [8192, 6.35, 2, 10],
  [16384, 6.87, 3, 11],
];

export const DISTRIBUTION_NODES = 4096;
/** Share of lookups with path length 1, 2, ... */
export const DISTRIBUTION: readonly number[] = [
  0.0033, 0.018, 0.0571, 0.1288, 0.2124, 0.2254, 0.1938, 0.1094, 0.0412, 0.0092, 0.0012, 0.0002,
];

/** Virtual nodes a node -> 1st and 99th percentile of keys a node; 10^4 nodes, 10^6 keys. */
export const LOADS: readonly (readonly [number, number, number])[] = [
  [1, 0, 477],
  [2, 7, 347],
  [5, 24, 220],
  [10, 38, 186],
  [20, 50, 161],
];

/** Share of failed nodes -> path length with the final hop, time-outs a lookup; 1000 nodes, successor list of 20. */
export const FAILURES: readonly (readonly [number, number, number])[] = [
  [0, 3.84, 0],
  [0.1, 4.03, 0.6],
  [0.2, 4.22, 1.17],
  [0.3, 4.44, 2.02],
  [0.4, 4.69, 3.23],
  [0.5, 5.09, 5.1],
];

/** Joins and leaves a second -> path length with the final hop, time-outs a lookup, failures in 10,000; about 1000 nodes, list of 20. */
export const CHURN: readonly (readonly [number, number, number, number])[] = [
  [0.05, 3.9, 0.05, 0],
  [0.1, 3.83, 0.11, 0],
  [0.15, 3.84, 0.16, 2],
  [0.2, 3.81, 0.23, 5],
  [0.25, 3.83, 0.3, 6],
  [0.3, 3.91, 0.34, 8],
  [0.35, 3.94, 0.42, 16],
  [0.4, 4.06, 0.46, 15],
];

/** The paper's simulator: packets take 50 ms on average, a node is taken for dead after 500 ms. */
export const MEAN_DELAY_MS = 50;
export const REQUEST_TIMEOUT_MS = 500;
