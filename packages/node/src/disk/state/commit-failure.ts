/**
 * Why a commit of lmdb failed. Its error says "see commitError", which is a promise that is rejected with the reason: left alone, that
 * rejection would end the whole process.
 */
export async function commitFailure(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}
