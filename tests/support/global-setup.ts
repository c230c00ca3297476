import { startTestStack } from './running-stack.ts';

export default startTestStack;
