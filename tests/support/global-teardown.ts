import { stopTestStack } from './running-stack.ts';

export default stopTestStack;
