/** A file could not be read; the backup goes on without it. */
export class UnreadableError extends Error {
  readonly errno: string | undefined;

  constructor(message: string, errno: string | undefined) {
    super(message);
    this.errno = errno;
  }
}
