/** Random sequences over HTTP, several side by side in one service whose programs are killed meanwhile, against the model. */
import { auditLab } from '../support/audit-lab.ts';
import type { ShopLab } from '../support/shop-lab.ts';
import { playSequences, type CampaignOptions, type CampaignResult } from './campaign.ts';
import { compareWithService, serviceCommands, ServiceSession } from './service-commands.ts';
import { ShopModel } from './shop-model.ts';

const MOST_COMMANDS = 14;
const LANES = 6;

export async function runServiceCampaign(
  options: CampaignOptions & { readonly lab: ShopLab },
): Promise<CampaignResult> {
  const { lab } = options;
  let lastCrash: Promise<unknown> = Promise.resolve();
  const crash = (program: string): Promise<void> => {
    const crashed = lastCrash.then(() => lab.crash(program));
    lastCrash = crashed.catch(() => undefined);
    return crashed;
  };
  const played = await playSequences(
    {
      name: 'service',
      commands: serviceCommands,
      mostCommands: MOST_COMMANDS,
      lanes: LANES,
      open: async (name) => {
        const model = new ShopModel();
        return { model, real: await ServiceSession.open({ lab, crash }, name, model) };
      },
      compare: compareWithService,
    },
    options,
  );
  return { ...played, violations: await auditLab(lab) };
}
