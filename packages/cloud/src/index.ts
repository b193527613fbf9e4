/** The local cloud: AWS's control plane on one machine, where an instance is a process tree. */
export * from './contract/compute.ts';
export * from './contract/records.ts';
export * from './contract/service.ts';
export * from './contract/time.ts';
