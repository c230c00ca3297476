export const BASELINE_TASK_QUEUE = 'baselines';
