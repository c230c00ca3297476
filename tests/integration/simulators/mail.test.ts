import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findFreePorts } from '../../../embedded/ports.ts';
import {
  createSmtpMailGateway,
  type SmtpMailGateway,
  type SmtpMailGatewayOptions,
} from '../../../src/adapters/notifications/smtp-mail.gateway.ts';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../../src/domain/provider-errors.ts';
import { launchBrowser } from '../../support/browser.ts';
import { startMailSink } from './programs.ts';

// Programs are started and killed here, which takes a while on a busy machine.
jest.setTimeout(60_000);

let sink: Awaited<ReturnType<typeof startMailSink>>;
beforeAll(async () => {
  sink = await startMailSink();
});
afterAll(() => sink.dispose());

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

function gateway(options: Partial<SmtpMailGatewayOptions> = {}): SmtpMailGateway {
  const made = createSmtpMailGateway({
    smtpUrl: `smtp://127.0.0.1:${sink.smtpPort}`,
    from: 'Order desk <orders@example.com>',
    lookupUrl: sink.url,
    timeoutMs: 3000,
    ...options,
  });
  opened.push(() => made.close());
  return made;
}

let mails = 0;
function mail(to = 'jane@example.com') {
  mails += 1;
  return {
    messageId: `<mail-${mails}@orders.example.com>`,
    to,
    subject: `Order ${mails}: ünïcödé £`,
    text: `Thank you for order ${mails}.\n.\nA line with a dot alone.`,
    html: `<p>Thank you for order <b>${mails}</b> – £11.10</p>`,
  };
}
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
async function messages(query = ''): Promise<{ messageId: string; [member: string]: unknown }[]> {
  return (await sink.send('GET', `/api/messages?${query}`)).json.items;
}

describe('a mail through the gateway', () => {
  it('arrives as it was sent, and is found by its Message-ID', async () => {
    const sent = mail('Some.One+tag@example.com');
    const sender = gateway();
    expect(await sender.find(sent.messageId)).toBe('not_found');
    await sender.send(sent);
    const [arrived, ...others] = await messages('to=some.one%2Btag@EXAMPLE.com');
    expect(others).toEqual([]);
    expect(arrived).toEqual({
      id: expect.any(String),
      messageId: sent.messageId,
      from: 'orders@example.com',
      to: sent.to,
      subject: sent.subject,
      text: expect.stringContaining('.\nA line with a dot alone.'),
      html: expect.stringContaining(`<b>${mails}</b> – £11.10`),
      receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await sender.find(sent.messageId)).toBe('accepted');
    expect(await sender.find(sent.messageId.slice(1, -1))).toBe('accepted');
  });

  it('that is sent twice shows twice', async () => {
    const sent = mail('twice@example.com');
    await gateway().send(sent);
    await gateway().send(sent);
    const arrived = await messages(`messageId=${encodeURIComponent(sent.messageId)}`);
    expect(arrived.map(({ messageId }) => messageId)).toEqual([sent.messageId, sent.messageId]);
    expect(new Set(arrived.map(({ id }) => id)).size).toBe(2);
  });

  it('survives a kill -9 of the server once it was accepted', async () => {
    const sent = mail('kept@example.com');
    await gateway().send(sent);
    await sink.crashAndRestart();
    expect(await gateway().find(sent.messageId)).toBe('accepted');
  });

  it('goes out although the server hung up on the pooled connection', async () => {
    const sender = gateway();
    await sender.send(mail());
    await sink.crashAndRestart();
    const sent = mail('after-restart@example.com');
    await sender.send(sent);
    expect(await messages('to=after-restart@example.com')).toHaveLength(1);
  });

  it('goes out with others at once, each to its own recipient', async () => {
    const sender = gateway();
    const sent = Array.from({ length: 30 }, (_, index) => mail(`many-${index}@example.com`));
    await Promise.all(sent.map((each) => sender.send(each)));
    for (const each of sent)
      expect(await messages(`to=${each.to}`)).toMatchObject([{ messageId: each.messageId }]);
  });

  it('to one address with a comma in it does not go to two', async () => {
    const failure = await failureOf(gateway().send(mail('a@example.com,b@example.com')));
    expect(failure).toBeInstanceOf(Error);
    expect(await messages('to=b@example.com')).toEqual([]);
  });
});

/** An SMTP server that says what it is told to for each command; `null` cuts the connection. */
async function talkingServer(replies: Readonly<Record<string, string | null>>): Promise<string> {
  const usual: Record<string, string> = {
    EHLO: '250 hi',
    MAIL: '250 ok',
    RCPT: '250 ok',
    DATA: '354 go',
    QUIT: '221 bye',
    RSET: '250 ok',
  };
  const reply = (socket: Socket, moment: string): void => {
    const words = moment in replies ? replies[moment] : (usual[moment] ?? '250 ok');
    if (words === null) socket.destroy();
    else if (words !== undefined && words !== '') socket.write(`${words}\r\n`);
  };
  const server: Server = createServer((socket) => {
    let buffered = '';
    let isInMessage = false;
    reply(socket, 'GREETING');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      buffered += chunk.toString();
      for (let end = buffered.indexOf('\r\n'); end !== -1; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (isInMessage) {
          if (line !== '.') continue;
          isInMessage = false;
          reply(socket, 'MESSAGE');
        } else {
          const command = line.slice(0, 4).toUpperCase();
          reply(socket, command);
          isInMessage = command === 'DATA' && !('DATA' in replies);
        }
      }
    });
    opened.push(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => server.close());
  // The server listens on TCP, so its address is not a path.
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const GREETING = '220 test';

describe('what the mail gateway makes of failures', () => {
  it.each<[string, Record<string, string | null>]>([
    ['a busy server', { GREETING: '421 too busy' }],
    ['a server that hangs up at once', { GREETING: null }],
    ['a server that does not greet', { GREETING: '' }],
    ['a sender refused for now', { GREETING, MAIL: '451 later' }],
    ['a recipient refused for now', { GREETING, RCPT: '450 mailbox busy' }],
    ['a cut before the message', { GREETING, RCPT: null }],
    ['silence before the message', { GREETING, MAIL: '' }],
    ['a cut at DATA', { GREETING, DATA: null }],
    ['DATA refused for now', { GREETING, DATA: '451 later' }],
    ['a message refused for now', { GREETING, MESSAGE: '452 disk full' }],
  ])('%s: surely not accepted', async (_what, replies) => {
    const sender = gateway({ smtpUrl: await talkingServer(replies), timeoutMs: 500 });
    expect(await failureOf(sender.send(mail()))).toBeInstanceOf(ProviderUnavailableError);
  });

  it('a port on which nobody listens and a host that nobody knows: surely not accepted', async () => {
    const [port] = await findFreePorts(1);
    for (const smtpUrl of [`smtp://127.0.0.1:${port}`, 'smtp://no-such-host.invalid']) {
      const failure = await failureOf(gateway({ smtpUrl }).send(mail()));
      expect(failure).toBeInstanceOf(ProviderUnavailableError);
    }
  });

  it('a login that is refused: surely not accepted', async () => {
    const server = await talkingServer({
      GREETING,
      EHLO: '250-hi\r\n250 AUTH PLAIN LOGIN',
      AUTH: '535 wrong',
    });
    const smtpUrl = server.replace('smtp://', 'smtp://user:secret@');
    expect(await failureOf(gateway({ smtpUrl }).send(mail()))).toBeInstanceOf(ProviderUnavailableError);
  });

  it.each<[string, string | null]>([
    ['a cut', null],
    ['silence', ''],
    ['a reply that is not SMTP', 'what?'],
  ])('%s after the message was handed over: unknown', async (_what, words) => {
    const sender = gateway({ smtpUrl: await talkingServer({ GREETING, MESSAGE: words }), timeoutMs: 500 });
    expect(await failureOf(sender.send(mail()))).toBeInstanceOf(OutcomeUnknownError);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a recipient', { GREETING, RCPT: '550 no such mailbox jane@example.com' }, 'smtp_550'],
    ['a sender', { GREETING, MAIL: '553 not allowed' }, 'smtp_553'],
    ['a message', { GREETING, MESSAGE: '554 looks like spam' }, 'smtp_554'],
  ])('%s refused for good: a definite no, without the address in it', async (_what, replies, code) => {
    const failure = await failureOf(gateway({ smtpUrl: await talkingServer(replies) }).send(mail()));
    expect(failure).toBeInstanceOf(ProviderRefusedError);
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify([String(failure), (failure as Error).cause])).not.toContain('jane');
  });

  it('refusals of the mail sink mean the same', async () => {
    const sender = gateway();
    expect(await failureOf(sender.send(mail('unknown-user@example.com')))).toMatchObject({
      code: 'smtp_550',
    });
    expect(await failureOf(sender.send(mail('mailbox-busy@example.com')))).toBeInstanceOf(
      ProviderUnavailableError,
    );
    const sent = mail('after-refusals@example.com');
    await sender.send(sent);
    expect(await messages('to=after-refusals@example.com')).toHaveLength(1);
  });

  it('a look-up says unknown where there is none, and fails where it is not answered', async () => {
    expect(await gateway({ lookupUrl: undefined }).find('<x@y>')).toBe('unknown');
    const [port] = await findFreePorts(1);
    const away = gateway({ lookupUrl: `http://127.0.0.1:${port}` });
    expect(await failureOf(away.find('<x@y>'))).toBeInstanceOf(ProviderUnavailableError);
  });
});

describe('the list of mails', () => {
  it('has the newest first, as many as asked for, and refuses what it does not know', async () => {
    const sender = gateway();
    const sent = [mail('list@example.com'), mail('list@example.com'), mail('list@example.com')];
    for (const each of sent) await sender.send(each);
    const newest = await messages('to=list@example.com&limit=2');
    expect(newest.map(({ messageId }) => messageId)).toEqual([sent[2]?.messageId, sent[1]?.messageId]);
    expect((await sink.send('GET', '/api/messages?limit=0')).status).toBe(400);
    expect((await sink.send('GET', '/api/messages?cc=x')).status).toBe(400);
    expect((await sink.send('GET', '/api/messages/999999')).status).toBe(404);
  });
});

describe('the page of mails', () => {
  it('shows mails as they arrive, one of them whole, and lets no mail run a script or fetch anything', async () => {
    const browser = await launchBrowser();
    const asked: (string | undefined)[] = [];
    const tracker = createHttpServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
    const pixel = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}/pixel.png`;
    try {
      const page = await browser.newPage();
      await page.goto(sink.url);
      const subject = 'Shown on the page';
      const html = `<p id="said">Good day</p><img src="${pixel}"><script>document.title='ran'</script>`;
      await gateway().send({ ...mail('page@example.com'), subject, html });
      await page.getByText(subject).click();
      await page.frameLocator('#html').getByText('Good day').waitFor();
      expect(await page.locator('#subject').textContent()).toBe(subject);
      expect(await page.locator('#to').textContent()).toBe('page@example.com');
      await page.getByRole('tab', { name: 'Text' }).click();
      expect(await page.locator('#text').isVisible()).toBe(true);
      const frame = page.frames().find((each) => each !== page.mainFrame());
      expect(await frame?.title()).not.toBe('ran');
      // Another page may ask, so the silence above is the mail sink's doing.
      await page.goto(pixel);
      expect(asked.filter((path) => path !== '/favicon.ico')).toEqual(['/pixel.png']);
    } finally {
      await browser.close();
      tracker.close();
    }
  });
});
