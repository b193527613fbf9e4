export type { ExtraRequest } from './extra-request.ts';
export { createS3Door, type S3Door, type S3DoorOptions, type S3LogEntry } from './s3-door.ts';
