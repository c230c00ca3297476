import { it, jest } from '@jest/globals';
import { startConsoleLab } from './console-lab.ts';
jest.setTimeout(300_000);
it('x', async () => {
  const lab = await startConsoleLab();
  const id = await lab.place({ email: 'mailbox-busy@example.com' });
  await lab.untilCaptured(id);
  for (let i = 0; i < 6; i++) {
    const sent = await lab.api.send('GET', `/v1/ops/orders/${id}/explain`, { as: 'viewer' });
    console.log(JSON.stringify({ a: sent.json.actions, s: sent.json.facts.workflow, st: sent.json.sentences, status: sent.json.facts.status }));
    await new Promise((r) => setTimeout(r, 5000));
  }
  await lab.stop();
});
