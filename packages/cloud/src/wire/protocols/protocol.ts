import type { ErrorShape, OperationShapes, ServiceShapes } from '../shapes/service-shapes.ts';

/** An answer's body and what its headers say of it. */
export interface WireAnswer {
  readonly body: Uint8Array | string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface OperationCall {
  readonly shapes: ServiceShapes;
  readonly name: string;
  readonly operation: OperationShapes;
}

export interface FailureAnswer {
  /** The service's shapes; undefined when the service is unknown. */
  readonly shapes: ServiceShapes | undefined;
  readonly code: string;
  /** How the service's model has the code, if it does. */
  readonly shape: ErrorShape | undefined;
  readonly message: string;
  /** What stands beside the message in JSON. */
  readonly members: object;
  readonly statusCode: number;
  readonly requestId: string;
}

/** One of AWS's protocols, seen from the service's side. */
export interface Protocol {
  /** The input as the client wrote it; not yet held against the shape. Throws when it can't be read. */
  decode(call: OperationCall, body: Buffer): unknown;
  encode(call: OperationCall, output: unknown, requestId: string): WireAnswer;
  encodeFailure(failure: FailureAnswer): WireAnswer;
}
