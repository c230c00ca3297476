/** Bundles the workflow code into dist/, so that an image starts without doing it. */
import { createLogger } from '../config/logger.ts';
import { buildWorkflowBundle, PREBUILT_BUNDLE, writeWhole } from './workflow-bundle.ts';

const logger = createLogger('workflow-bundle', 'info');
await writeWhole(PREBUILT_BUNDLE, await buildWorkflowBundle([], logger));
logger.info({ file: PREBUILT_BUNDLE }, 'the workflow bundle is built');
