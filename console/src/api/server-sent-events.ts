/**
 * Reads a stream of server-sent events. The browser's own EventSource cannot send a key in a header, and a key does not belong
 * into an address.
 */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Takes text as it comes, cut anywhere. @returns the events that are complete with it */
export function createEventParser(): (text: string) => readonly ServerSentEvent[] {
  let rest = '';
  let event = '';
  let data: string[] = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) events.push({ event: event === '' ? 'message' : event, data: data.join('\n') });
        event = '';
        data = [];
        continue;
      }
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (name === 'event') event = value;
      if (name === 'data') data.push(value);
    }
    return events;
  };
}

export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ServerSentEvent> {
  const parse = createEventParser();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parse(value);
    }
  } finally {
    reader.releaseLock();
  }
}
