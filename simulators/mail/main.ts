/** A mail sink to develop and test against: see simulators/README.md. */
import { createLogger } from '../../src/config/logger.ts';
import { runProcess } from '../../src/config/run-process.ts';
import { commonShape, portVariable, readSimulatorEnvironment } from '../shared/environment.ts';
import { closeServer, listen } from '../shared/http.ts';
import { createMailApp } from './http.ts';
import { openMailStore } from './mail-store.ts';
import { startSmtpServer } from './smtp.ts';

const environment = readSimulatorEnvironment('the mail sink', {
  ...commonShape,
  SMTP_PORT: portVariable(1025),
  HTTP_PORT: portVariable(8025),
});
const logger = createLogger('mail', environment.LOG_LEVEL);

await runProcess({
  name: 'mail',
  logger,
  start: async () => {
    const store = openMailStore(environment.STORE_FILE);
    const server = await listen(createMailApp(store, logger), environment.HOST, environment.HTTP_PORT);
    const smtp = await startSmtpServer(store, logger, {
      host: environment.HOST,
      port: environment.SMTP_PORT,
    });
    return {
      isReady: async () => true,
      stop: async () => {
        await Promise.all([closeServer(server), new Promise<void>((resolve) => smtp.close(resolve))]);
        store.close();
      },
    };
  },
});
