/** What the parts of one stack share and nobody else may know. Made once, kept in a file for the owner alone. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readOrCreatePrivateFile, writePrivateFile } from './private-file.ts';

const secretsSchema = z.object({
  postgresPassword: z.string().min(16),
  auditorPassword: z.string().min(16),
  temporalCodecKeys: z.string().min(1),
  codecEndpointToken: z.string().min(32),
  waitingRoomSecret: z.string().min(32),
  paymentWebhookSecret: z.string().min(16),
  carrierWebhookSecret: z.string().min(16),
  paymentProviderApiKey: z.string().min(16),
  carrierApiKey: z.string().min(16),
  fraudScoreApiKey: z.string().min(16),
  fraudDigestKey: z.string().min(32),
});
export type Secrets = z.output<typeof secretsSchema>;

function makeSecrets(): Secrets {
  const secret = (): string => randomBytes(24).toString('base64url');
  return {
    postgresPassword: secret(),
    auditorPassword: secret(),
    temporalCodecKeys: `embedded-1:${randomBytes(32).toString('base64')}`,
    codecEndpointToken: secret(),
    waitingRoomSecret: secret(),
    paymentWebhookSecret: secret(),
    carrierWebhookSecret: secret(),
    paymentProviderApiKey: secret(),
    carrierApiKey: secret(),
    fraudScoreApiKey: secret(),
    fraudDigestKey: secret(),
  };
}

/** @throws Error naming the file when it is damaged */
export function loadSecrets(file: string): Secrets {
  // A stack that was made before there was an auditor, a waiting room, or screening, lacks what those need.
  const earlier = secretsSchema.partial({
    auditorPassword: true,
    waitingRoomSecret: true,
    fraudScoreApiKey: true,
    fraudDigestKey: true,
  });
  const kept = readOrCreatePrivateFile(file, earlier, makeSecrets);
  const complete = secretsSchema.safeParse(kept);
  if (complete.success) return complete.data;
  const secrets = secretsSchema.parse({ ...makeSecrets(), ...kept });
  writePrivateFile(file, secrets);
  return secrets;
}
