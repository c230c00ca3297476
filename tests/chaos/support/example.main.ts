/** A campaign that ends as it is told, for the test of what all campaigns have in common. */
import { runCampaign, say } from './campaign-program.ts';

const ENDS = ['clean', 'violated', 'error', 'never'];

await runCampaign<string>({
  help: 'Usage: an example\n',
  flags: ['end'],
  read: ({ end = 'clean' }) => {
    if (!ENDS.includes(end)) throw new RangeError(`--end is one of ${ENDS.join(', ')}`);
    return end;
  },
  run: async (end, { stopAtEnd }) => {
    const stopFirst = stopAtEnd(async () => say('the first is stopped'));
    stopAtEnd(async () => say('the second is stopped'));
    stopAtEnd(async () => say('the third is stopped'));
    await stopFirst();
    say('under way');
    if (end === 'error') throw new Error('something broke');
    if (end === 'never') await new Promise(() => setInterval(() => undefined, 60_000));
    return end === 'clean';
  },
});
