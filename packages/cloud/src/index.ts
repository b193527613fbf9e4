/** The local cloud: AWS's control plane on one machine, where an instance is a process tree. */
export * from './contract/compute.ts';
export * from './contract/records.ts';
export * from './contract/service.ts';
export * from './contract/time.ts';
export type { CloudEvent, CloudOptions, HostPort, KeyPair, RunningCloud } from './daemon/cloud-options.ts';
export { RECORDS_FAILED, startCloud } from './daemon/start-cloud.ts';
export type { S3Front } from './wire/endpoint.ts';
export type { RequestLogEntry } from './wire/request-log.ts';
