import type { RequestListener } from 'node:http';
import type { ServiceCaller } from '../contract/service.ts';
import type { InstanceProvider } from '../instances/instance-provider.ts';
import type { S3Front } from '../wire/endpoint.ts';
import type { RequestLogEntry } from '../wire/request-log.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Something worth a line in a log. It holds no secrets. */
export interface CloudEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface CloudOptions {
  /** Everything that the cloud keeps: records, the key of secret parameters, instances with their volumes. Made when it is missing. */
  readonly dataDir: string;
  /** Port 0 lets the system choose. */
  readonly listen: HostPort;
  /** Key pairs whose signatures are accepted; instances sign with the first. */
  readonly credentials: readonly [KeyPair, ...KeyPair[]];
  /** Also accept `test` / `test`; on loopback only. */
  readonly devKeys: boolean;
  /** Divides the durations of alarms and policies, for demonstrations. Default 1. */
  readonly speed?: number;
  /** Default us-east-1. */
  readonly region?: string;
  /** Default 000000000000. */
  readonly accountId?: string;
  /** Further names under which the endpoint may be called. */
  readonly hosts?: readonly string[];
  /** Answers what is S3's. Without it there is no S3. */
  readonly s3?: S3Front;
  /** Answers requests below `/_console` once Host and origin are found right. Without it there is no console. */
  readonly console?: RequestListener;
  /** How `crescendo` is started in instances of `ami-crescendo`; without it they do not have it. */
  readonly crescendoCommand?: readonly string[];
  /** Instances share 127.0.0.1 and have ports of their own, as they must where the system has no other loopback addresses. */
  readonly oneAddress?: boolean;
  /** Asked before the volumes of a terminated instance are deleted, until the answer is true. By default they may always be. */
  readonly mayDeleteVolume?: (instanceId: string) => boolean | Promise<boolean>;
  /** What runs instances, instead of processes on this machine. */
  readonly provider?: InstanceProvider;
  /** By default lines of JSON on standard error. */
  readonly log?: (event: CloudEvent) => void;
}

export interface RunningCloud {
  readonly address: HostPort;
  /** `http://host:port`, for clients and instances on this machine. */
  readonly endpoint: string;
  /** Operations without a wire, as services call each other. */
  readonly services: ServiceCaller;
  /** The last requests to the control plane, oldest first. */
  requests(): readonly RequestLogEntry[];
  /** Stops in the reverse order of the start; what was answered stays. */
  stop(): Promise<void>;
}
