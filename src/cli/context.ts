export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a command needs from the world around it, so that tests can hand it another one. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `.order-saga/demo-keys.json` may lie. */
  readonly projectDirectory: string;
  /** Writes text as it is; the result of the command and nothing else. */
  readonly writeOut: (text: string) => void;
  /** Of the terminal that shows what is written, as it is now; null when it goes into a file or another program. @default null */
  readonly terminalSize?: () => TerminalSize | null;
  /** Writes a line for people: progress, remarks, errors. */
  readonly remark: (line: string) => void;
  /** Aborted when the person stops the command. */
  readonly signal: AbortSignal;
}

/** What the command was to look at could not be read, so it knows nothing; ends with exit code 2. */
export class CouldNotCheckError extends Error {
  override readonly name = 'CouldNotCheckError';
}

/** The command was used wrongly; ends with exit code 2. */
export class WrongUseError extends Error {
  override readonly name = 'WrongUseError';
}

/** The command ran, and the answer is "no", for a reason that the message gives; ends with exit code 1. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
