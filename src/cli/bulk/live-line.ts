/** One line about what goes on, on stderr: drawn anew on a terminal, written once for each change anywhere else. */
import { clearLine, cursorTo } from 'node:readline';

export interface LiveLine {
  show(text: string): void;
  /** The line stays as it is. */
  end(): void;
}

/** @param write writes a line where there is no terminal */
export function createLiveLine(write: (line: string) => void): LiveLine {
  const { stderr } = process;
  let shown = '';
  if (!stderr.isTTY)
    return {
      show(text) {
        if (text !== shown) write(text);
        shown = text;
      },
      end: () => undefined,
    };
  return {
    show(text) {
      clearLine(stderr, 0);
      cursorTo(stderr, 0);
      // A longer line would wrap, and only its last part could be drawn anew.
      shown = text.slice(0, Math.max(1, stderr.columns - 1));
      stderr.write(shown);
    },
    end() {
      if (shown !== '') stderr.write('\n');
    },
  };
}
