/** A company that scores orders, to develop and test against: see simulators/README.md. */
import { createLogger } from '../../src/config/logger.ts';
import { runProcess } from '../../src/config/run-process.ts';
import { controlRoutes } from '../shared/control.ts';
import { commonShape, portVariable, readSimulatorEnvironment } from '../shared/environment.ts';
import { addErrorHandling, closeServer, createApp, listen, requireApiKey } from '../shared/http.ts';
import { createOperationHandlers, NEVER_SILENT } from '../shared/operation-endpoint.ts';
import { openProvider } from '../shared/provider.ts';
import { z } from 'zod';
import { createScores, SCORE_SCHEMA, scoreBody, setScoreBody } from './scores.ts';

const environment = readSimulatorEnvironment('the fraud scorer simulator', {
  ...commonShape,
  PORT: portVariable(4030),
  API_KEY: z.string().min(1),
});
const logger = createLogger('fraud-score', environment.LOG_LEVEL);

function openScorer() {
  const provider = openProvider(environment, logger, SCORE_SCHEMA);
  const { store, operations } = provider;
  const tools = { ...provider, silence: NEVER_SILENT };
  const scores = createScores(store, operations);
  const handle = createOperationHandlers(tools);

  const app = createApp();
  app.put('/control/scores', (request, response) => {
    scores.set(setScoreBody.parse(request.body));
    response.json(scores.list());
  });
  app.get('/control/scores', (_request, response) => {
    response.json(scores.list());
  });
  app.use('/control', controlRoutes(tools, ['score']));
  app.use('/v1', requireApiKey(environment.API_KEY));
  app.post(
    '/v1/scores',
    handle({ operation: 'score', body: scoreBody, perform: (request) => scores.give(request) }),
  );
  addErrorHandling(app, logger);
  return { app, store };
}

await runProcess({
  name: 'fraud-score',
  logger,
  start: async () => {
    const { app, store } = openScorer();
    const server = await listen(app, environment.HOST, environment.PORT);
    return {
      isReady: async () => true,
      stop: async () => {
        await closeServer(server);
        store.close();
      },
    };
  },
});
