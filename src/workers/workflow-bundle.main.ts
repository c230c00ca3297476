/**
 * Bundles the workflow code into a file: `workflow-bundle.main.ts [FILE [MODULE…]]`, with modules that go into the sandbox with
 * the workflows. Without a file into dist/, so that an image starts without doing it.
 */
import { createLogger } from '../config/logger.ts';
import { buildWorkflowBundle, PREBUILT_BUNDLE, writeWhole } from './workflow-bundle.ts';

const [file = PREBUILT_BUNDLE, ...interceptorModules] = process.argv.slice(2);
const logger = createLogger('workflow-bundle', 'info');
await writeWhole(file, await buildWorkflowBundle(interceptorModules, logger));
logger.info({ file }, 'the workflow bundle is built');
