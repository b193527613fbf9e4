/**
 * What an AWS service is here: operations by AWS's own names, over plain inputs and outputs in the shapes of the SDK's clients
 * (dates are `Date`, blobs `Uint8Array`, absent members `undefined`). A service knows nothing of wires, signatures or sockets.
 */

/** Signer of calls between services. */
export const INTERNAL_CALLER = 'internal';

/** Who asks, and when. */
export interface RequestContext {
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
  /** Signer of the request; `INTERNAL_CALLER` for calls between services. */
  readonly accessKeyId: string;
  /** Milliseconds since 1970 when the request arrived. */
  readonly nowMs: number;
  /**
   * Calls the listener when the client goes away before it was answered: for operations that wait. Absent when the caller waits to the end.
   */
  readonly whenGone?: (listener: () => void) => void;
}

export type OperationHandler<Input = never, Output = unknown> = (
  input: Input,
  context: RequestContext,
) => Output | Promise<Output>;

/**
 * One service. A handler changes records (see `records.ts`) and returns; whoever called it answers the client only after the
 * records are on disk. Effects on the world (starting a process) happen after that too, from recorded intent.
 */
export interface AwsService {
  /** As in the SigV4 scope: `autoscaling`, `ec2`, `monitoring`, `ssm`, `sts`, `cloudformation`. */
  readonly signingName: string;
  /** By operation name, for example `PutMetricAlarm`. What is absent answers with AWS's error for an unknown operation. */
  readonly operations: Readonly<Record<string, OperationHandler>>;
  /** The name in scopes of signatures, where it is another service's: streams of tables are signed for as `dynamodb`. */
  readonly scope?: string;
  /** The largest body of a request, where it is not the endpoint's 1 MiB. */
  readonly maxBodyBytes?: number;
}

/** An error as AWS's services answer it; the wire gives it the protocol's form. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /** AWS's code for it, for example `ValidationError` or `InvalidAMIID.NotFound`. */
  readonly code: string;
  readonly statusCode: number;
  /** What the error's shape has beside a message, as JSON. Protocols without JSON leave it out. */
  readonly members: object;

  constructor(code: string, message: string, statusCode = 400, members: object = {}) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
    this.members = members;
  }
}

/** Calls an operation of another service of the same cloud, without a wire; throws `AwsError`. */
export interface ServiceCaller {
  call<Output>(signingName: string, operation: string, input: object): Promise<Output>;
}
